// What a run costs, beside plain shell wrappers that do the same.
import { once } from 'node:events';
import { statSync } from 'node:fs';
import { Readable } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { path } from 'zx';
import type { Turn } from '../bench/measure.ts';
import { findOnlyChild, runIn } from './machine.ts';
import { median } from './median.ts';
import { runScript } from './script.ts';
import { openWorld, type World } from './world.ts';

const turns = 40;

/** What is compared; the first is what the others are a ratio of. */
const subjects = [
  { name: 'shell wrapper', words: ['/bench/shell-wrapper.sh'] },
  { name: 'shell wrapper that waits', words: ['/bench/waiting-wrapper.sh'] },
  { name: 'bare Node', words: ['node', '/bench/bare.cjs'], hasDaemon: false },
  { name: 'guix-entry-point', words: ['/entry-point.sh'] },
] as const;

type Row = {
  readonly what: string;
  readonly command: readonly string[];
  /** Which of a turn's times. */
  readonly which?: keyof Turn;
  readonly needsDaemon?: true;
  readonly turns?: number;
};

const hello = ['guix', 'build', '-L', '/fixtures/packages', '-f', '/fixtures/packages/hello.scm'];
/** What bash needs to start is in both; it is the same everywhere. */
const tellTime = ['bash', '-c', 'echo $EPOCHREALTIME'];

const rows: readonly Row[] = [
  { what: 'whole run of `true`', command: ['true'] },
  { what: "until the command's first instruction", command: tellTime, which: 'until' },
  { what: "from the command's end to ours", command: tellTime, which: 'since' },
  { what: 'whole run of `guix --version`', command: ['guix', '--version'] },
  {
    what: 'whole run of a client, `guix gc --list-roots`',
    command: ['guix', 'gc', '--list-roots'],
    needsDaemon: true,
    turns: 10,
  },
  {
    what: 'whole run of a small build, `guix build --check`',
    command: [...hello, '--check'],
    needsDaemon: true,
    turns: 10,
  },
];

/** Prints the tables. */
export async function benchRuns(): Promise<void> {
  await using world = await openWorld([[process.execPath, '/usr/local/bin/node']]);
  await runIn(world, ['/entry-point.sh', ...hello]);
  for (const row of rows) await compare(world, row);
  await compareFifty(world);
  await comparePrompts(world);
  await showTeardown(world);
  await compareGrowth(world);
  await compareMemory(world);
  const { size } = statSync(path.join(import.meta.dirname, '../dist/guix-entry-point'));
  console.log(
    `The executable has ${(size / 1e6).toFixed(1)} MB, which is all that an image gets.\n`,
  );
}

async function compare(world: World, row: Row): Promise<void> {
  const { what, command, which = 'whole', needsDaemon = false, turns: count = turns } = row;
  const those = subjects.filter((subject) => !needsDaemon || !('hasDaemon' in subject));
  const times = await measure(
    world,
    count,
    those.map(({ words }) => [...words, ...command]),
  );
  const base = quantile(times[0], which, 0.5);
  console.log(`| ${what} | median | middle 80 % | ratio |\n| --- | --: | --: | --: |`);
  for (const [index, { name }] of those.entries()) {
    const [low, middle, high] = [0.1, 0.5, 0.9].map((at) => quantile(times[index], which, at));
    const ratio = ((middle ?? NaN) / base).toFixed(2);
    console.log(
      `| ${name} | ${middle?.toFixed(1)} ms | ${low?.toFixed(1)}–${high?.toFixed(1)} ms | ${ratio} |`,
    );
  }
  console.log();
}

/** Fifty runs, one after the other, as scripts have them. */
async function compareFifty(world: World): Promise<void> {
  const script = 'for each in $(seq 50); do "$@" true || exit; done';
  const commands = subjects.map(({ words }) => ['sh', '-c', script, 'sh', ...words]);
  const times = await measure(world, 1, commands);
  const base = quantile(times[0], 'whole', 0.5);
  console.log('| fifty runs of `true` in a row | whole | ratio |\n| --- | --: | --: |');
  for (const [index, { name }] of subjects.entries()) {
    const time = quantile(times[index], 'whole', 0.5);
    console.log(`| ${name} | ${(time / 1000).toFixed(2)} s | ${(time / base).toFixed(2)} |`);
  }
  console.log();
}

/** What there may be much of, and how it is made: `$0` is how many. */
const crowds = {
  'store items': 'seq --format=/gnu/store/%032.0f-item "$0" | xargs mkdir --parents',
  'logs of earlier builds':
    'mkdir --parents /var/log/guix/drvs/zz; seq --format=/var/log/guix/drvs/zz/%030.0f-old.drv.gz "$0" | xargs touch',
} as const;

async function compareGrowth(world: World): Promise<void> {
  console.log('| whole run of `true` | 100 | 1,000 | 10,000 |\n| --- | --: | --: | --: |');
  for (const [what, script] of Object.entries(crowds)) {
    const medians: string[] = [];
    for (const count of [100, 1000, 10_000]) {
      await runIn(world, ['sh', '-ec', script, String(count)]);
      medians.push(await medianOf(world, ['/entry-point.sh', 'true']));
    }
    console.log(`| beside ${what} | ${medians.join(' | ')} |`);
  }
  const medians: string[] = [];
  for (const count of [10, 100, 1000]) {
    const script = `for each in $(seq ${count}); do sleep 1000 & done`;
    medians.push(await medianOf(world, ['/entry-point.sh', 'sh', '-c', script]));
  }
  console.log(
    `| with 10, 100, 1,000 processes that the command leaves | ${medians.join(' | ')} |\n`,
  );
}

async function medianOf(world: World, command: readonly string[]): Promise<string> {
  const [times] = await measure(world, 10, [command]);
  return `${quantile(times, 'whole', 0.5).toFixed(1)} ms`;
}

/** Resident memory as the command reads it of its parent: the peak, and what is left after a while. */
async function compareMemory(world: World): Promise<void> {
  const script = `sleep 0.2; sed -n 's/^Vm\\(HWM\\|RSS\\).*[^0-9]\\([0-9]\\+\\) kB/\\2/p' /proc/$PPID/status`;
  // The kernel maps more than is used of a file that was written at one go.
  await runIn(world, [
    'sh',
    '-c',
    'dd if=/entry-point.sh of=/job/ours bs=32k && chmod +x /job/ours',
  ]);
  console.log('| resident memory | peak | while the command runs |\n| --- | --: | --: |');
  for (const { name, words } of subjects) {
    const own = name === 'guix-entry-point' ? ['/job/ours'] : words;
    const { stdout } = await runIn(world, [...own, 'sh', '-c', script]);
    const [peak, now] = stdout
      .split('\n')
      .map((kilobytes) => (Number(kilobytes) / 1024).toFixed(1));
    console.log(`| ${name} | ${peak} MB | ${now} MB |`);
  }
  console.log();
}

/** A prompt at a terminal: from the start of what makes the terminal until it asks for a line. */
async function comparePrompts(world: World): Promise<void> {
  const lines = {
    'shell wrapper that waits, `bash --norc`': '/bench/waiting-wrapper.sh bash --norc',
    'guix-entry-point': '/entry-point.sh',
  };
  const times = Object.keys(lines).map((): number[] => []);
  for (let turn = 0; turn < 10; turn++) {
    for (const [index, line] of Object.values(lines).entries()) {
      const begin = performance.now();
      const words = ['script', '--quiet', '--return', '--command', line, '/dev/null'];
      const child = world.start(words, { stdio: 'pipe' });
      await waitFor(child.stdout, /[$>#] $/);
      times[index]?.push(performance.now() - begin);
      child.stdin?.write('exit\n');
      await once(child, 'close');
    }
  }
  console.log('| until a prompt is ready | median |\n| --- | --: |');
  for (const [index, name] of Object.keys(lines).entries()) {
    console.log(`| ${name} | ${median(times[index] ?? []).toFixed(1)} ms |`);
  }
  console.log();
}

/** SIGTERM while a build runs. bash would put it off until its command has ended: no wrapper beside. */
async function showTeardown(world: World): Promise<void> {
  const build = hello.map((word) => word.replace('hello', 'endless'));
  const times: number[] = [];
  for (let turn = 0; turn < 10; turn++) {
    const child = world.start(['/entry-point.sh', ...build], { stdio: 'pipe' });
    await waitFor(child.stderr, /building for ever\n/);
    const begin = performance.now();
    process.kill(findOnlyChild(child.pid), 'SIGTERM');
    await once(child, 'exit');
    times.push(performance.now() - begin);
  }
  console.log('| from SIGTERM, a build running, to our end | median |\n| --- | --: |');
  console.log(`| guix-entry-point | ${median(times).toFixed(1)} ms |\n`);
}

/** Waits until all that a stream has given so far matches. */
async function waitFor(stream: Readable | null, pattern: RegExp): Promise<void> {
  let text = '';
  stream?.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  while (!pattern.test(stripVTControlCharacters(text)))
    await once(stream ?? new Readable(), 'data');
}

async function measure(
  world: World,
  count: number,
  commands: readonly (readonly string[])[],
): Promise<readonly (readonly Turn[])[]> {
  const words = ['node', '/bench/measure.ts', String(count), JSON.stringify(commands)];
  const outcome = await runIn(world, words);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout);
}

function quantile(times: readonly Turn[] = [], which: keyof Turn, share: number): number {
  const sorted = times.map((turn) => turn[which] ?? NaN).toSorted((one, other) => one - other);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}

if (import.meta.main) await runScript(benchRuns);
