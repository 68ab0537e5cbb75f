import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { readFailed } from '../support/failures.ts';
import {
  entryPoint,
  expect,
  expectNothingSurvives,
  guixBuild,
  list,
  run,
  runIn,
  start,
  startIn,
  test,
} from '../support/real.ts';

function build(...files: readonly string[]): string {
  return guixBuild(...files).join(' ');
}

/** A package in the working directory, whose builder is a line of shell. */
function definePackage(world: World, name: string, script: string): string {
  const file = `/job/${name}.scm`;
  const text = `(use-modules (shell-build))\n(shell-build "${name}" "${script}")\n`;
  writeFileSync(world.at(file), text);
  return `guix build -L /fixtures/packages -f ${file}`;
}

/** A daemon that is nobody's run's. */
async function startDaemon(world: World): Promise<void> {
  const socket = '/var/guix/daemon-socket/socket';
  const command = ['guix-daemon', '--build-users-group=guixbuild', `--listen=${socket}`];
  world.start(command, { stdio: 'ignore' });
  await expect.poll(() => list(world, '/var/guix/daemon-socket')).toEqual(['socket']);
}

test('what others build and break at the same time is not told', async ({ world }) => {
  const slow = definePackage(world, 'ours-1', 'echo ours; exit 1');
  const theirs = definePackage(world, 'theirs-1', 'echo theirs; exit 1');
  const ours = start(world, ['sh', '-c', `echo begun >&2; read -r line; ${slow}`]);
  await ours.says('begun\n');
  const other = await run(world, ['sh', '-c', theirs], { cwd: '/tmp' });
  expect(readFailed(other.stderr)).toEqual(['theirs-1']);
  ours.child.stdin?.end('\n');
  expect((await ours.ended).status).toBe(1);
  expect(readFailed(ours.stderr())).toEqual(['ours-1']);
  expectNothingSurvives(world);
});

test("somebody else's daemon: only what our own clients built is told", async ({ world }) => {
  await startDaemon(world);
  const theirs = definePackage(world, 'theirs-2', 'echo theirs; exit 1');
  const ours = start(world, ['sh', '-c', 'echo begun >&2; read -r line; exit 3']);
  await ours.says('begun\n');
  await runIn(world, ['sh', '-c', theirs]);
  ours.child.stdin?.end('\n');
  expect((await ours.ended).status).toBe(3);
  expect(ours.stderr()).toBe("+ sh -c 'echo begun >&2; read -r line; exit 3'\nbegun\n");
  const again = await run(world, ['sh', '-c', build('broken.scm')]);
  expect(readFailed(again.stderr)).toEqual(['broken-1.0']);
});

test('a run inside this one tells of its own, in its own directory, and this one of its own', async ({
  world,
}) => {
  const script = `(cd /tmp && ${entryPoint} ${build('broken.scm')}); ${definePackage(world, 'outer-1', 'exit 1')}`;
  const { stderr } = await run(world, ['sh', '-c', script]);
  expect(readFailed(stderr)).toEqual(['broken-1.0', 'outer-1']);
  expect(list(world, '/tmp')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
  expect(list(world, '/job').filter((name) => name.endsWith('.drv'))).toEqual([
    expect.stringMatching(/-outer-1\.drv$/),
  ]);
  expectNothingSurvives(world);
});

test('a run that fails and built nothing says which older logs there are', async ({ world }) => {
  await run(world, ['sh', '-c', `${build('broken.scm')}; ${build('hello.scm')}`], { cwd: '/tmp' });
  const outcome = await run(world, ['sh', '-c', 'exit 7']);
  const [log = '', ...others] = list(world, '/job');
  expect(others).toEqual([]);
  expect(outcome).toMatchObject({
    status: 7,
    stderr: `+ sh -c 'exit 7'
+ This run wrote no build log. There is 1 older one that is not known to be of a success:
+ Failed build: broken-1.0
+ Its derivation: /gnu/store/${log}
+ Its log: ${log} (2 lines)
+ First error, line 2: configure: error: libfoo is missing
`,
  });
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toMatch(/libfoo is missing\n$/);
});

test('an older log without its derivation is not known to be of a success', async ({ world }) => {
  await run(world, ['sh', '-c', `${build('hello.scm')} && guix gc`]);
  const outcome = await run(world, ['sh', '-c', 'exit 7']);
  expect(outcome.stderr).toMatch(/^\+ Build of unknown outcome: hello-2\.12$/m);
});

test('sessions that are over at once do not keep the others from being followed', async ({
  world,
}) => {
  const touch = `guix repl -- /job/touch.scm`;
  writeFileSync(
    world.at('/job/touch.scm'),
    '(use-modules (guix store)) (do ((i 0 (+ i 1))) ((= i 30)) (with-store s (add-text-to-store s "x" "y" (list))))',
  );
  const theirs = definePackage(world, 'theirs-3', 'echo theirs; exit 1');
  const ours = definePackage(world, 'ours-3', 'echo ours; exit 1');
  const running = start(world, ['sh', '-c', `${touch}; echo begun >&2; read -r line; ${ours}`]);
  await running.says('begun\n');
  await run(world, ['sh', '-c', theirs], { cwd: '/tmp' });
  running.child.stdin?.end('\n');
  await running.ended;
  expect(readFailed(running.stderr())).toEqual(['ours-3']);
});

test('a session that we have no time to look at costs neither its log nor what is known of others', async ({
  world,
}) => {
  const theirs = definePackage(world, 'theirs-4', 'echo theirs; exit 1');
  const ours = definePackage(world, 'ours-4', 'echo ours; exit 1');
  // A machine with too much to do leaves us without a processor for as long as the build takes.
  const starving = `kill -STOP $PPID; ${ours}; kill -CONT $PPID; exit 5`;
  // nsenter would stop when its child does.
  const words = ['bash', '-c', `${entryPoint} "$@"; exit $?`, 'bash', 'sh', '-c'];
  const running = startIn(world, [...words, `echo begun >&2; read -r line; ${starving}`]);
  await running.says('begun\n');
  await run(world, ['sh', '-c', theirs], { cwd: '/tmp' });
  running.child.stdin?.end('\n');
  expect((await running.ended).status).toBe(5);
  expect(readFailed(running.stderr())).toEqual(['ours-4']);
  expectNothingSurvives(world);
});

test('a failure whose derivation is collected in the same run is told', async ({ world }) => {
  const outcome = await run(world, ['sh', '-c', `${build('broken.scm')} || guix gc; exit 4`]);
  expect(outcome.status).toBe(4);
  expect(outcome.stderr).toMatch(/^\+ Build of unknown outcome: broken-1\.0/m);
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
});

test('of many older logs, the newest fifty', async ({ world }) => {
  const folder = world.at('/var/log/guix/drvs/ab');
  mkdirSync(folder, { recursive: true });
  for (let number = 0; number < 1200; number++) {
    const log = `${folder}/${String(number).padStart(30, '0')}-older-1.drv`;
    writeFileSync(log, 'text\n');
    utimesSync(log, number, number);
  }
  const { stderr } = await run(world, ['false']);
  expect(stderr).toMatch(
    /^\+ false\n\+ .* These are the newest 50 older ones .*:\n\+ .*lists the others\.\n/,
  );
  const names = list(world, '/job');
  expect([names.length, names[0]?.slice(2, 32), names.at(-1)?.slice(2, 32)]).toEqual([
    50,
    '1150'.padStart(30, '0'),
    '1199'.padStart(30, '0'),
  ]);
});

test('an older log that stands unpacked already is not unpacked again', async ({ world }) => {
  await run(world, ['sh', '-c', build('broken.scm')]);
  await run(world, ['sh', '-c', 'exit 7']);
  expect(list(world, '/job')).toHaveLength(1);
});

test('--logs=none leaves them all where they are', async ({ world }) => {
  const outcome = await run(world, ['--logs=none', ...guixBuild('broken.scm')]);
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual([]);
  expect(list(world, '/job')).toEqual([]);
  expect((await run(world, ['--logs=none', 'false'])).stderr).toBe('+ false\n');
});

test('--logs=all unpacks those of successes, too, and shows none of them', async ({ world }) => {
  const outcome = await run(world, ['--logs=all', ...guixBuild('hello.scm')]);
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).toMatch(/\+ Build: hello-2\.12, after \d+\.\d s\n.*\n\+ Its log: .*\n$/);
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-hello-2\.12\.drv$/)]);
});

test('--logs-directory is made, and gets them', async ({ world }) => {
  const words = ['--logs-directory=out/logs', ...guixBuild('broken.scm')];
  const outcome = await run(world, words);
  expect(outcome.stderr).toMatch(/^\+ Its log: out\/logs\/[0-9a-z]{32}-broken-1\.0\.drv /m);
  expect(list(world, '/job')).toEqual(['out']);
  expect(list(world, '/job/out/logs')).toHaveLength(1);
});

test('GUIX_LOG_DIRECTORY is where the daemon writes and we read', async ({ world }) => {
  const outcome = await run(world, guixBuild('broken.scm'), {
    env: { GUIX_LOG_DIRECTORY: '/srv/logs' },
  });
  expect(readFailed(outcome.stderr)).toEqual(['broken-1.0']);
  expect(list(world, '/srv/logs/drvs')).toHaveLength(1);
  expect(list(world, '/var/log/guix/drvs')).toEqual([]);
});

test.for(['gzip', 'bzip2', 'none'])('--log-compression=%s', async (format, { world }) => {
  const words = [`--daemon-option=--log-compression=${format}`, ...guixBuild('broken.scm')];
  const outcome = await run(world, words);
  expect(readFailed(outcome.stderr)).toEqual(['broken-1.0']);
  const [log = ''] = list(world, '/job');
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toBe(
    'checking for libfoo... no\nconfigure: error: libfoo is missing\n',
  );
});

test('where sessions can only be guessed, it goes by the time of the logs', async ({ world }) => {
  await startDaemon(world);
  await run(world, ['guix', 'repl', '--', '/dev/null']);
  // As in a container that shares the socket, the store and the logs with the daemon's, and no more.
  const hide = 'mount -t tmpfs none /var/guix/temproots';
  const words = ['unshare', '--mount', 'sh', '-c', `${hide} && exec ${entryPoint} "$@"`, 'sh'];
  const outcome = await runIn(world, [...words, ...guixBuild('broken.scm')]);
  expect(readFailed(outcome.stderr)).toEqual(['broken-1.0']);
});
