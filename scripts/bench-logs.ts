// What the logs of failed builds cost: a large one, and one among many.
import { once } from 'node:events';
import { createWriteStream, globSync, mkdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { createGzip } from 'node:zlib';
import { path } from 'zx';
import { runIn } from './machine.ts';
import { median } from './median.ts';
import { runScript } from './script.ts';
import { openWorld, type World } from './world.ts';

const turns = 5;
const size = 1e9;
const crowd = 50_000;

const build = ['guix', 'build', '-L', '/fixtures/packages', '-f', '/fixtures/packages/broken.scm'];

/** Prints the tables. */
export async function benchLogs(): Promise<void> {
  await compareUnpacking();
  await compareCrowds();
}

/** A log of 1 GB, beside `gzip -dc LOG > FILE`; both write to memory. */
async function compareUnpacking(): Promise<void> {
  await using world = await openWorld();
  await runIn(world, ['/entry-point.sh', '--logs=none', ...build]);
  const [log = ''] = globSync('*/*-broken-1.0.drv.gz', { cwd: world.at('/var/log/guix/drvs') });
  const inside = path.join('/var/log/guix/drvs', log);
  await writeLog(world.at(inside));
  const unpacked: number[] = [];
  const ours: number[] = [];
  let memory = 0;
  for (let turn = 0; turn < turns; turn++) {
    const script = 'a=$(date +%s%N); gzip -dc "$0" > file; echo $((($(date +%s%N) - a) / 1000000))';
    const { stdout } = await runIn(world, ['bash', '-c', script, inside]);
    unpacked.push(Number(stdout));
    rmSync(world.at('/job/file'));
    const run = await measure(world, ['sh', '-c', `touch ${inside}; exit 1`]);
    ours.push(run.milliseconds);
    memory = Math.max(memory, run.memory);
    for (const file of globSync('*.drv', { cwd: world.at('/job') })) {
      rmSync(world.at(path.join('/job', file)));
    }
  }
  const [base, time] = [median(unpacked), median(ours)];
  console.log('| a log of 1 GB | median | ratio | peak of resident memory |');
  console.log('| --- | --: | --: | --: |');
  console.log(`| \`gzip -dc LOG > FILE\` | ${base.toFixed(0)} ms | 1.00 | |`);
  console.log(
    `| unpacked, read through and shown | ${time.toFixed(0)} ms | ${(time / base).toFixed(2)} | ${memory.toFixed(0)} MB |\n`,
  );
}

/** Text like that of a build, packed as the daemon packs it. */
async function writeLog(file: string): Promise<void> {
  const gzip = createGzip();
  const output = gzip.pipe(createWriteStream(file));
  let number = 1;
  for (let written = 0; written < size;) {
    const lines = Array.from({ length: 10_000 }, (_, line) => {
      number = (number * 1_103_515_245 + 12_345) % 2 ** 31;
      return `[${line}] gcc -DHAVE_CONFIG_H -I. -I../lib -g -O2 -c -o lib_a-${number}.o module-${number % 977}.c\n`;
    });
    const text = lines.join('');
    written += text.length;
    if (!gzip.write(text)) await once(gzip, 'drain');
  }
  gzip.end();
  await once(output, 'close');
}

/** One failure in an empty tree of logs, and among 50,000 logs of earlier runs. */
async function compareCrowds(): Promise<void> {
  await using empty = await openWorld();
  await using full = await openWorld();
  fill(full);
  console.log(`| from the command's end to that of its log | none | ${crowd} older logs |`);
  console.log('| --- | --: | --: |');
  for (const [what, command] of [
    ['a build that fails', build],
    ['a command that fails and builds nothing', ['false']],
  ] as const) {
    const times: [number[], number[]] = [[], []];
    for (let turn = 0; turn < turns; turn++) {
      for (const [index, world] of [empty, full].entries()) {
        times[index]?.push((await measure(world, command)).milliseconds);
      }
    }
    const [none, many] = times.map(median);
    console.log(`| ${what} | ${none?.toFixed(0)} ms | ${many?.toFixed(0)} ms |`);
  }
  console.log();
}

/** Logs of a month ago, of derivations that are gone. */
function fill(world: World): void {
  const monthAgo = Date.now() / 1000 - 30 * 24 * 3600;
  const letters = '0123456789abcdfghijklmnpqrsvwxyz';
  for (let number = 0; number < crowd; number++) {
    const [first, second] = [number % 32, Math.floor(number / 32) % 32];
    const directory = world.at(`/var/log/guix/drvs/${letters[first]}${letters[second]}`);
    if (number < 1024) mkdirSync(directory, { recursive: true });
    const log = path.join(directory, `${String(number).padStart(30, '0')}-older-1.0.drv.gz`);
    writeFileSync(log, '');
    utimesSync(log, monthAgo, monthAgo);
  }
}

/** A run that fails: from the end of its command until its last log is shown; and its memory. */
async function measure(
  world: World,
  command: readonly string[],
): Promise<{ readonly milliseconds: number; readonly memory: number }> {
  // zsh knows the most memory that a program and its children have had, in kilobytes.
  const words = ['/entry-point.sh', '--verbose', '--log-format=json', ...command];
  const script = 'TIMEFMT=%M; time "$@"';
  const { stderr } = await runIn(world, ['zsh', '-c', script, 'zsh', ...words]);
  const events = stderr
    .split('\n')
    .filter((line) => line.startsWith('{"level"'))
    .map((line): { readonly event: string; readonly time: string } => JSON.parse(line));
  const timeOf = (name: string): number =>
    Date.parse(events.findLast(({ event }) => event === name)?.time ?? '');
  return {
    // What comes next, whether there was a log or not, is the daemon's end, which takes 3 ms.
    milliseconds: timeOf('daemon-stopped') - timeOf('command-ended'),
    memory: Number(/^\d+$/m.exec(stderr)?.[0]) / 1024,
  };
}

if (import.meta.main) await runScript(benchLogs);
