// npm run bench: what this program costs, beside plain shell wrappers, in one run.
import { benchCache } from './bench-cache.ts';
import { benchLogs } from './bench-logs.ts';
import { benchSubstitutes } from './bench-substitutes.ts';
import { buildExecutable } from './build.ts';
import { requireRoot, runScript } from './script.ts';
import { runIn } from './machine.ts';
import { openWorld, type World } from './world.ts';

const turns = 40;

/** What is compared; the first is what the others are a ratio of. */
const subjects = [
  { name: 'shell wrapper', words: ['/bench/shell-wrapper.sh'] },
  { name: 'shell wrapper that waits', words: ['/bench/waiting-wrapper.sh'] },
  { name: 'bare Node', words: ['node', '/bench/bare.cjs'] },
  { name: 'guix-entry-point', words: ['/entry-point.sh'] },
] as const;

async function bench(): Promise<void> {
  requireRoot();
  await buildExecutable();
  await using world = await openWorld([[process.execPath, '/usr/local/bin/node']]);
  console.log(`Medians of ${turns} turns; all commands in turns, in one run.\n`);
  for (const command of [['true'], ['guix', '--version']]) {
    await compareTimes(world, command);
  }
  await compareMemory(world);
  console.log();
  await benchLogs();
  await benchSubstitutes();
  await benchCache();
}

async function compareTimes(world: World, command: readonly string[]): Promise<void> {
  const commands = subjects.map(({ words }) => [...words, ...command]);
  const measure = ['node', '/bench/measure.ts', String(turns), JSON.stringify(commands)];
  const outcome = await runIn(world, measure);
  if (outcome.status !== 0) throw new Error(outcome.stderr);
  const times: readonly (readonly number[])[] = JSON.parse(outcome.stdout);
  const base = quantile(times[0] ?? [], 0.5);
  console.log(`| whole run of \`${command.join(' ')}\` | median | middle 80 % | ratio |`);
  console.log('| --- | --: | --: | --: |');
  for (const [index, { name }] of subjects.entries()) {
    const [low, middle, high] = [0.1, 0.5, 0.9].map((share) => quantile(times[index] ?? [], share));
    const spread = `${low?.toFixed(1)}–${high?.toFixed(1)} ms`;
    console.log(
      `| ${name} | ${middle?.toFixed(1)} ms | ${spread} | ${((middle ?? NaN) / base).toFixed(2)} |`,
    );
  }
  console.log();
}

/** The peak of resident memory until the command runs, as the command reads it of its parent. */
async function compareMemory(world: World): Promise<void> {
  console.log('| until the command runs | peak of resident memory |\n| --- | --: |');
  for (const { name, words } of subjects) {
    const { stdout } = await runIn(world, [...words, 'sh', '-c', 'grep VmHWM /proc/$PPID/status']);
    console.log(`| ${name} | ${(Number(/\d+/.exec(stdout)?.[0]) / 1024).toFixed(1)} MB |`);
  }
}

function quantile(times: readonly number[], share: number): number {
  const sorted = times.toSorted((one, other) => one - other);
  return sorted[Math.floor(share * (sorted.length - 1))] ?? NaN;
}

if (import.meta.main) await runScript(bench);
