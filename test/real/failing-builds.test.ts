import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  buildExpressions,
  readFailed,
  readFailedDerivations,
  readGuixWords,
  readLogs,
} from '../support/failures.ts';
import {
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

// Builds that fail in each way that there is, by a real guix-daemon. A success beside them is never
// told. What the daemon said to its client is what we are measured by.

const success = '(shell-build "fine-1" "echo fine > $out")';

test.for([
  ['with an exit status', '"echo first; echo last; exit 3"', [], 'first\nlast\n'],
  ['by a signal', '"echo first; sh -c \'kill -KILL $$\'; exit 137"', [], 'first\nKilled\n'],
  ['without an output', '"echo nothing made"', [], 'nothing made\n'],
  [
    'without one of its outputs',
    '"echo half made; echo > $out" #:outputs \'("out" "doc")',
    [],
    'half made\n',
  ],
  [
    'with another hash than it promised',
    '"echo fetched; echo text > $out" #:hash (make-bytevector 32 0)',
    [],
    'fetched\n',
  ],
  ['by its time limit', '"echo begun; while :; do sleep 1; done"', ['--timeout=1'], 'begun\n'],
  ['by its silence', '"echo begun; while :; do sleep 1; done"', ['--max-silent-time=1'], 'begun\n'],
  [
    'with another output in the second round',
    '"echo round; head -c 100 /dev/urandom > $out"',
    ['--rounds=2'],
    'round\n',
  ],
  ['without a word', '"exit 1"', [], ''],
] as const)('a build that ends %s', async ([, builder, options, text], { world }) => {
  const failing = `(begin (use-modules (rnrs bytevectors)) (shell-build "failing-1" ${builder}))`;
  const words = [...buildExpressions(success, failing), '--keep-going', ...options];
  const outcome = await run(world, words);
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['failing-1']);
  expect(readFailedDerivations(outcome.stderr)).toEqual(readGuixWords(outcome.stderr));
  expect(readLogs(world)).toEqual({ 'failing-1': text });
  expect(outcome.stderr).not.toContain('cut short');
  expectNothingSurvives(world);
});

test('a dependency that fails is told apart from what was not tried because of it', async ({
  world,
}) => {
  const failing = '(shell-build "a-1" "exit 1")';
  const middle = `(shell-build "b-1" "echo b" #:inputs (list ${failing} ${success}))`;
  const [top, other] = ['c', 'd'].map(
    (name) => `(shell-build "${name}-1" "echo ${name}" #:inputs (list ${middle}))`,
  );
  // Its derivation is known, and it is not to be built.
  const { status } = await run(world, [...buildExpressions(other ?? ''), '--derivations']);
  expect(status).toBe(0);
  const { stderr } = await run(world, buildExpressions(top ?? ''));
  expect(stderr).toContain('+ 1 build failed; 2 others were not tried because of it\n');
  expect(readFailed(stderr)).toEqual(['a-1']);
  expect(readLogs(world)).toEqual({ 'a-1': '' });
});

test('--keep-going: every failure, and what was not tried because of any', async ({ world }) => {
  const [one, other] = ['one', 'other'].map((name) => `(shell-build "${name}-1" "exit 1")`);
  const top = `(shell-build "top-1" "echo top" #:inputs (list ${one} ${other} ${success}))`;
  const { stderr } = await run(world, [...buildExpressions(top), '--keep-going']);
  expect(stderr).toContain('+ 2 builds failed; 1 other was not tried because of them\n');
  expect(readFailed(stderr).toSorted()).toEqual(['one-1', 'other-1']);
  expect(readFailedDerivations(stderr)).toEqual(readGuixWords(stderr));
});

test('what is ended because another build failed has not failed itself', async ({ world }) => {
  const endless = '(shell-build "endless-1" "echo begun; while :; do sleep 1; done")';
  // What it leaves takes the daemon some time, before it ends the other one.
  const files = 'for i in $(seq 20); do mkdir $i; for j in $(seq 100); do : > $i/$j; done; done';
  const failing = `(shell-build "failing-1" "sleep 1; ${files}; exit 1")`;
  const { stderr } = await run(world, [...buildExpressions(endless, failing), '--max-jobs=2']);
  expect(stderr).toContain('\nbegun\n');
  expect(stderr).toContain('+ 1 build failed; 1 other was interrupted by it\n');
  expect(readFailed(stderr)).toEqual(['failing-1']);
  expect(readFailedDerivations(stderr)).toEqual(readGuixWords(stderr));
  expectNothingSurvives(world);
});

test('several Guix commands in one script', async ({ world }) => {
  const [one = [], two = []] = ['one', 'two'].map((name) =>
    buildExpressions(`(shell-build "${name}-1" "echo ${name}; exit 1")`),
  );
  const commands = [one, buildExpressions(success), two].map((words) => words.map(quote).join(' '));
  const outcome = await run(world, ['sh', '-c', commands.join('; ')]);
  expect(readFailed(outcome.stderr).toSorted()).toEqual(['one-1', 'two-1']);
  expect(readLogs(world)).toEqual({ 'one-1': 'one\n', 'two-1': 'two\n' });
});

test('what fails at first and succeeds then is a success', async ({ world }) => {
  // Without the sandbox, a builder sees what has become of the world meanwhile.
  const builder = '"echo tried; cp /srv/word $out"';
  const words = buildExpressions(`(shell-build "flaky-1" ${builder})`).map(quote).join(' ');
  const script = `${words}; echo word > /srv/word; ${words} && exit 9`;
  const outcome = await run(world, ['--daemon-option=--disable-chroot', 'sh', '-c', script]);
  expect(outcome.status).toBe(9);
  expect(readGuixWords(outcome.stderr)).toHaveLength(1);
  expect(readFailed(outcome.stderr)).toEqual([]);
  expect(list(world, '/job')).toEqual([]);
});

test('a client that speaks another language', async ({ world }) => {
  // gettext goes by the name of the locale alone.
  await runIn(world, ['cp', '-r', '/usr/lib/locale/C.utf8', '/usr/lib/locale/de_DE.utf8']);
  const env = { LC_ALL: 'de_DE.UTF-8' };
  const { stderr } = await run(world, buildExpressions('(shell-build "a-1" "exit 1")'), { env });
  expect(stderr).toContain('Folgende Ableitung wird erstellt:\n');
  expect(readFailed(stderr)).toEqual(['a-1']);
});

test('a session that is killed leaves what it had written', async ({ world }) => {
  const running = start(
    world,
    buildExpressions('(shell-build "a-1" "echo begun; while :; do sleep 1; done")'),
  );
  await running.says('\nbegun\n');
  await kill(world, findSession(world).pid, 'KILL');
  expect((await running.ended).status).toBe(1);
  expect(readFailed(running.stderr())).toEqual(['a-1']);
  expect(running.stderr()).toMatch(/^\+ Its log: \S+-a-1\.drv \(cut short, 0 lines\)$/m);
  expect(readLogs(world)).toEqual({ 'a-1': '' });
  expectNothingSurvives(world);
});

test('a daemon that is killed', async ({ world }) => {
  const running = start(
    world,
    buildExpressions('(shell-build "a-1" "echo begun; sleep 1; exit 1")'),
  );
  await running.says('\nbegun\n');
  await kill(world, findDaemon(world).pid, 'KILL');
  expect((await running.ended).status).toBe(1);
  expect(readFailed(running.stderr())).toEqual(['a-1']);
  expect(readLogs(world)).toEqual({ 'a-1': 'begun\n' });
  expectNothingSurvives(world);
});

test('a full disk under the build', async ({ world }) => {
  await runIn(world, ['mount', '-t', 'tmpfs', '-o', 'size=1m', 'none', '/srv']);
  const env = { TMPDIR: '/srv' };
  const builder = '"echo begun; head -c 9000000 /dev/zero > big || exit 7"';
  const outcome = await run(world, buildExpressions(`(shell-build "a-1" ${builder})`), { env });
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['a-1']);
  expect(readLogs(world)['a-1']).toMatch(/^begun\nhead: .*\n$/);
});

test('a full disk under the log', async ({ world }) => {
  await runIn(world, ['mount', '-t', 'tmpfs', '-o', 'size=64k', 'none', '/var/log/guix']);
  const builder = '"echo begun; head -c 3000000 /dev/urandom | hexdump; exit 7"';
  const outcome = await run(world, buildExpressions(`(shell-build "a-1" ${builder})`));
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual(['a-1']);
  expect(outcome.stderr).toMatch(/^\+ Its log: \S+-a-1\.drv \(cut short, \d+ lines?/m);
  expect(readLogs(world)['a-1']).toMatch(/^begun\n/);
});

test('a build that the kernel kills for want of memory', async ({ world }) => {
  await using group = makeMemoryGroup(700 * 2 ** 20);
  // It keeps a last line that never ends.
  const builder = '"echo begun; tail -n 1 /dev/zero || exit 7"';
  const script = `echo $$ > ${group.procs} && exec ${entryPoint} "$@"`;
  const words = buildExpressions(`(shell-build "hungry-1" ${builder})`);
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
