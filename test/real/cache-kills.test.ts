import { setTimeout } from 'node:timers/promises';
import type { World } from '../../scripts/world.ts';
import {
  describeTree,
  env,
  home,
  mountStage,
  ours,
  runStaged,
  sh,
  staged,
} from '../support/cache.ts';
import { expect, list, listProcesses, start, test } from '../support/real.ts';

// SIGKILL at random moments: whenever it comes, the home cache is that of before or that of after.

const seed = Number(process.env['CACHE_SEED'] ?? Date.now() % 1_000_000);
const moments = 20;

/** Enough to be in the middle of it often. */
const make = `mkdir -p ${home}/guix/checkouts; cd ${home}/guix/checkouts
  for one in $(seq 40); do mkdir -p $one/below; for two in $(seq 50); do echo $one $two > $one/below/$two; done; done
  ln 1/below/1 2/one-file; ln -s nowhere 3/link; head -c 2000000 /dev/urandom > pack`;

/** In each directory something is changed, removed, made and moved; and something elsewhere. */
const change = (generation: number): string => `cd ${staged}/guix/checkouts
  for one in $(seq 40); do
    for two in $(seq 10); do echo ${generation} >> $one/below/$two; done
    rm -rf $one/new-* $one/below/20; mkdir $one/new-${generation}; echo ${generation} | tee $one/new-${generation}/file > $one/below/30
  done
  echo ${generation} >> 1/below/1; head -c 2000000 /dev/urandom > pack; echo ${generation} > ${staged}/elsewhere
  echo changed >&2`;

/** Ends everything in the world that a killed run has left; only then is its staging directory free. */
async function endAll(world: World): Promise<void> {
  const pids = listProcesses(world).map(({ pid }) => pid);
  if (pids.length > 0) await sh(world, `kill -9 ${pids.join(' ')} 2> /dev/null || true`);
  await expect.poll(() => listProcesses(world)).toEqual([]);
  await sh(world, 'rm -f /var/guix/daemon-socket/*');
}

/** How long a run takes until its command has ended, and after that, in milliseconds. */
async function measure(world: World, generation: number): Promise<readonly [number, number]> {
  const began = performance.now();
  const running = start(world, words(generation), { env });
  await running.says('changed\n');
  const changed = performance.now();
  expect(await running.ended).toEqual({ status: 0, signal: null });
  return [changed - began, performance.now() - changed];
}

const words = (generation: number): readonly string[] => [
  ...['--substitutes=off', '--trace=off', 'sh', '-euc', change(generation)],
];

/** Every other time not before the command has ended. */
async function killSomewhere(
  world: World,
  { generation, random, durations: [until, after] }: Moment,
): Promise<void> {
  const running = start(world, words(generation), { env });
  const isLate = generation % 2 === 0;
  if (isLate) await running.says('changed\n');
  await Promise.race([setTimeout(random * (isLate ? after : until + after)), running.ended]);
  try {
    process.kill(running.pid, 'SIGKILL');
  } catch {
    // It has ended already.
  }
  await running.ended;
  await endAll(world);
}

type Moment = {
  readonly generation: number;
  /** From 0 to 1. */
  readonly random: number;
  readonly durations: readonly [number, number];
};

/** The same numbers for the same seed. */
function openRandom(): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

test(`killed at ${moments} moments, seed ${seed}: the home cache is whole each time`, async ({
  world,
}) => {
  console.log(`To run these again: CACHE_SEED=${seed}`);
  const random = openRandom();
  await mountStage(world);
  await sh(world, make);
  const durations = await measure(world, 1);
  const states = new Map<string, number>();
  for (let generation = 2; generation < moments + 2; generation++) {
    const before = await describeTree(world, home);
    await killSomewhere(world, { generation, random: random(), durations });
    const [now, after] = [await describeTree(world, home), await describeTree(world, staged)];
    const state = now === before ? 'before' : 'after';
    expect(now).toBe(state === 'before' ? before : after);
    const rest = list(world, '/root').includes(`.cache${ours}`) ? ', with a rest beside it' : '';
    states.set(state + rest, (states.get(state + rest) ?? 0) + 1);
  }
  console.log([...states].map(([state, count]) => `${count}: ${state}`).join('; '));
  expect(await runStaged(world, change(99))).toMatchObject({ status: 0, stderr: 'changed\n' });
  expect(await describeTree(world, home)).toBe(await describeTree(world, staged));
  expect(list(world, '/root')).not.toContain(`.cache${ours}`);
});

test(`killed at ${moments} moments, seed ${seed}, where the home cache is a mount point: whole after the next run`, async ({
  world,
}) => {
  console.log(`To run these again: CACHE_SEED=${seed}`);
  const random = openRandom();
  await mountStage(world);
  await sh(world, `mkdir -p ${home}; mount -t tmpfs volume ${home}; ${make}`);
  const durations = await measure(world, 1);
  for (let generation = 2; generation < moments + 2; generation++) {
    const before = await describeTree(world, home);
    await killSomewhere(world, { generation, random: random(), durations });
    const after = await describeTree(world, staged);
    // A run that has nothing to do with staging brings it to an end.
    expect(await runStaged(world, 'true', { env: { XDG_CACHE_HOME: '' } })).toMatchObject({
      status: 0,
      stderr: '',
    });
    const now = await describeTree(world, home);
    expect(now).toBe(now === before ? before : after);
    expect(list(world, home)).not.toContain(ours);
  }
});
