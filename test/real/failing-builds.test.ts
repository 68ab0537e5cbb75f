import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../scripts/world.ts';
import type { ShellBuild } from '../support/daemons.ts';
import {
  readClientsWords,
  readFailed,
  readFailedDerivations,
  readLogs,
} from '../support/failures.ts';
import {
  daemon,
  entryPoint,
  expect,
  expectNothingSurvives,
  findDaemon,
  findSession,
  kill,
  list,
  run,
  runIn,
  start,
  test,
} from '../support/real.ts';
import { quote } from '../support/terminal.ts';

// Builds that fail in each way that there is, by a real daemon. A success beside them is never
// told. What the daemon said to its client is what we are measured by.

const success: ShellBuild = { name: 'fine-1', script: 'echo fine > $out' };

const endless = 'echo begun; while :; do sleep 1; done';

test.for([
  ['with an exit status', { script: 'echo first; echo last; exit 3' }, 'first\nlast\n'],
  ['by a signal', { script: "echo first; sh -c 'kill -KILL $$'; exit 137" }, 'first\nKilled\n'],
  ['without an output', { script: 'echo nothing made' }, 'nothing made\n'],
  [
    'without one of its outputs',
    { script: 'echo half made; echo > $out', outputs: ['out', 'doc'] },
    'half made\n',
  ],
  [
    'with another hash than it promised',
    { script: 'echo fetched; echo text > $out', hash: '00'.repeat(32) },
    'fetched\n',
  ],
  ['without a word', { script: 'exit 1' }, ''],
] as const)('a build that ends %s', async ([, builder, text], { world }) => {
  const failing = { name: 'failing-1', ...builder };
  const outcome = await run(world, daemon.buildEach([success, failing], ['--keep-going']));
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['failing-1']);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readClientsWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'failing-1': text });
  expect(outcome.stderr).not.toContain('cut short');
  expectNothingSurvives(world);
});

// Not every client names what it is that took too long.
test.for(['--timeout', '--max-silent-time'])('a build that %s ends', async (option, { world }) => {
  const builds = [success, { name: 'failing-1', script: endless }];
  const outcome = await run(
    world,
    daemon.buildEach(builds, ['--keep-going', ...daemon.option(option, 1)]),
  );
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['failing-1']);
  expect(readLogs(world)).toEqual({ 'failing-1': 'begun\n' });
  expectNothingSurvives(world);
});

test('a dependency that fails is told apart from what was not tried because of it', async ({
  world,
}) => {
  const failing = { name: 'a-1', script: 'exit 1', inputs: [success] };
  const middle = { name: 'b-1', script: 'echo b', inputs: [failing] };
  const top = { name: 'c-1', script: 'echo c', inputs: [middle] };
  const other = { name: 'd-1', script: 'echo d', inputs: [middle] };
  // Its derivation is known, and it is not to be built.
  const { status } = await run(world, daemon.instantiate(other));
  expect(status).toBe(0);
  const { stderr } = await run(world, daemon.buildEach([top]));
  expect(stderr).toContain('+ 1 build failed; 2 others were not tried because of it\n');
  expect(readFailed(stderr)).toEqual(['a-1']);
  expect(readLogs(world)).toEqual({ 'a-1': '' });
});

test('--keep-going: every failure, and what was not tried because of any', async ({ world }) => {
  const failures = ['one-1', 'other-1'].map((name) => ({ name, script: 'exit 1' }));
  const top = { name: 'top-1', script: 'echo top', inputs: [...failures, success] };
  const { stderr } = await run(world, daemon.buildEach([top], ['--keep-going']));
  expect(stderr).toContain('+ 2 builds failed; 1 other was not tried because of them\n');
  expect(readFailed(stderr).toSorted()).toEqual(['one-1', 'other-1']);
  expect(readFailedDerivations(stderr)).toEqual(readClientsWords(stderr));
});

test('what is ended because another build failed has not failed itself', async ({ world }) => {
  // What it leaves takes the daemon some time, before it ends the other one.
  const files = 'for i in $(seq 20); do mkdir $i; for j in $(seq 100); do : > $i/$j; done; done';
  const builds = [
    { name: 'endless-1', script: endless },
    { name: 'failing-1', script: `sleep 1; ${files}; exit 1` },
  ];
  const { stderr } = await run(world, daemon.buildEach(builds, daemon.option('--max-jobs', 2)));
  expect(stderr).toContain('\nbegun\n');
  expect(stderr).toContain('+ 1 build failed; 1 other was interrupted by it\n');
  expect(readFailed(stderr)).toEqual(['failing-1']);
  expect(readFailedDerivations(stderr)).toEqual(readClientsWords(stderr));
  expectNothingSurvives(world);
});

test('several commands in one script', async ({ world }) => {
  const one = { name: 'one-1', script: 'echo one; exit 1' };
  const two = { name: 'two-1', script: 'echo two; exit 1' };
  const commands = [one, success, two].map((build) =>
    daemon.buildEach([build]).map(quote).join(' '),
  );
  const outcome = await run(world, ['sh', '-c', commands.join('; ')]);
  expect(readFailed(outcome.stderr).toSorted()).toEqual(['one-1', 'two-1']);
  expect(readLogs(world)).toEqual({ 'one-1': 'one\n', 'two-1': 'two\n' });
});

test('what fails at first and succeeds then is a success', async ({ world }) => {
  // Without the sandbox, a builder sees what has become of the world meanwhile.
  const flaky = { name: 'flaky-1', script: 'echo tried; cp /srv/word $out' };
  const words = daemon.buildEach([flaky]).map(quote).join(' ');
  const script = `${words}; echo word > /srv/word; ${words} && exit 9`;
  const outcome = await run(world, ['--chroot=off', 'sh', '-c', script]);
  expect(outcome.status).toBe(9);
  expect(readClientsWords(outcome.stderr)).toHaveLength(1);
  expect(readFailed(outcome.stderr)).toEqual([]);
  expect(list(world, '/job')).toEqual([]);
});

test('a session that is killed leaves what it had written', async ({ world }) => {
  const running = start(world, daemon.buildEach([{ name: 'a-1', script: endless }]));
  await running.says('\nbegun\n');
  await kill(world, findSession(world).pid, 'KILL');
  expect((await running.ended).status).toBe(1);
  expect(readFailed(running.stderr())).toEqual(['a-1']);
  expect(running.stderr()).toMatch(/^\+ Its log: \S+-a-1\.drv \(cut short, 0 lines\)$/m);
  expect(readLogs(world)).toEqual({ 'a-1': '' });
  expectNothingSurvives(world);
});

test('a daemon that is killed', async ({ world }) => {
  const slow = { name: 'a-1', script: 'echo begun; sleep 1; exit 1' };
  const running = start(world, daemon.buildEach([slow]));
  await running.says('\nbegun\n');
  await kill(world, findDaemon(world).pid, 'KILL');
  expect((await running.ended).status).toBe(1);
  expect(readFailed(running.stderr())).toEqual(['a-1']);
  expect(readLogs(world)).toEqual({ 'a-1': 'begun\n' });
  expectNothingSurvives(world);
});

/** Gives a directory a file system of a megabyte. */
async function limitSpace(world: World, directory: string): Promise<void> {
  mkdirSync(world.at(directory), { recursive: true });
  const words = ['mount', '-t', 'tmpfs', '-o', 'size=1m,mode=755', 'none', directory];
  expect(await runIn(world, words)).toMatchObject({ status: 0 });
}

test('a full disk under the build', async ({ world }) => {
  await limitSpace(world, daemon.buildDirectory);
  const big = { name: 'a-1', script: 'echo begun; head -c 9000000 /dev/zero > big || exit 7' };
  const outcome = await run(world, daemon.buildEach([big]));
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['a-1']);
  expect(readLogs(world)['a-1']).toMatch(/^begun\nhead: .*\n$/);
});

test('a full disk under the log', async ({ world }) => {
  await limitSpace(world, daemon.logDirectory);
  const script = 'echo begun; head -c 3000000 /dev/urandom | hexdump; exit 7';
  const outcome = await run(world, daemon.buildEach([{ name: 'a-1', script }]));
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['a-1']);
  expect(outcome.stderr).toMatch(/^\+ Its log: \S+-a-1\.drv \(cut short, \d+ lines?/m);
  expect(readLogs(world)['a-1']).toMatch(/^begun\n/);
});

test('a build that the kernel kills for want of memory', async ({ world }) => {
  await using group = makeMemoryGroup(700 * 2 ** 20);
  // It keeps a last line that never ends.
  const hungry = { name: 'hungry-1', script: 'echo begun; tail -n 1 /dev/zero || exit 7' };
  const script = `echo $$ > ${group.procs} && exec ${entryPoint} "$@"`;
  const words = daemon.buildEach([hungry]);
  const outcome = await runIn(world, ['sh', '-c', script, 'sh', ...words]);
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['hungry-1']);
  expect(readLogs(world)['hungry-1']).toMatch(/^begun\n(Killed\n)?$/);
  expectNothingSurvives(world);
});

/** A control group (cgroups(7)) whose processes may use so many bytes of memory together. */
function makeMemoryGroup(bytes: number): AsyncDisposable & { readonly procs: string } {
  const [root, limit] = existsSync('/sys/fs/cgroup/memory')
    ? ['/sys/fs/cgroup/memory', 'memory.limit_in_bytes']
    : ['/sys/fs/cgroup', 'memory.max'];
  const directory = join(root, `guix-entry-point-${process.pid}`);
  mkdirSync(directory);
  writeFileSync(join(directory, limit), String(bytes));
  const procs = join(directory, 'cgroup.procs');
  return {
    procs,
    async [Symbol.asyncDispose]() {
      await expect.poll(() => readFileSync(procs, 'utf8')).toBe('');
      rmdirSync(directory);
    },
  };
}
