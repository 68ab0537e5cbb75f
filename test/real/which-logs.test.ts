import { mkdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { readFailed } from '../support/failures.ts';
import {
  daemon,
  entryPoint,
  expect,
  expectNothingSurvives,
  list,
  run,
  runIn,
  start,
  startDaemon,
  startIn,
  test,
} from '../support/real.ts';
import { quote } from '../support/terminal.ts';

function build(...files: readonly string[]): string {
  return daemon.build(...files).join(' ');
}

/** A build whose builder is a line of shell, as a command of the shell. */
function buildScript(name: string, script: string): string {
  return daemon.buildEach([{ name, script }]).map(quote).join(' ');
}

test('what others build and break at the same time is not told', async ({ world }) => {
  const slow = buildScript('ours-1', 'echo ours; exit 1');
  const theirs = buildScript('theirs-1', 'echo theirs; exit 1');
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
  const theirs = buildScript('theirs-2', 'echo theirs; exit 1');
  const ours = start(world, ['sh', '-c', 'echo begun >&2; read -r line; exit 3']);
  await ours.says('begun\n');
  await runIn(world, ['sh', '-c', theirs], { env: daemon.environment });
  ours.child.stdin?.end('\n');
  expect((await ours.ended).status).toBe(3);
  expect(ours.stderr()).toBe("+ sh -c 'echo begun >&2; read -r line; exit 3'\nbegun\n");
  const again = await run(world, ['sh', '-c', build('broken')]);
  expect(readFailed(again.stderr)).toEqual(['broken-1.0']);
});

test('a run inside this one tells of its own, in its own directory, and this one of its own', async ({
  world,
}) => {
  const script = `(cd /tmp && ${entryPoint} ${build('broken')}); ${buildScript('outer-1', 'exit 1')}`;
  const { stderr } = await run(world, ['sh', '-c', script]);
  expect(readFailed(stderr)).toEqual(['broken-1.0', 'outer-1']);
  expect(list(world, '/tmp')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
  expect(list(world, '/job').filter((name) => name.endsWith('.drv'))).toEqual([
    expect.stringMatching(/-outer-1\.drv$/),
  ]);
  expectNothingSurvives(world);
});

test('a run that fails and built nothing says which older logs there are', async ({ world }) => {
  await run(world, ['sh', '-c', `${build('broken')}; ${build('hello')}`], { cwd: '/tmp' });
  const outcome = await run(world, ['sh', '-c', 'exit 7']);
  const [log = '', ...others] = list(world, '/job');
  expect(others).toEqual([]);
  expect(outcome).toMatchObject({
    status: 7,
    stderr: `+ sh -c 'exit 7'
+ This run wrote no build log. There is 1 older one that is not known to be of a success:
+ Failed build: broken-1.0
+ Its derivation: ${daemon.kind.store}/${log}
+ Its log: ${log} (2 lines)
+ First error, line 2: configure: error: libfoo is missing
`,
  });
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toMatch(/libfoo is missing\n$/);
});

test('an older log without its derivation is not known to be of a success', async ({ world }) => {
  await run(world, ['sh', '-c', `${build('hello')} && ${daemon.collectGarbage}`]);
  const outcome = await run(world, ['sh', '-c', 'exit 7']);
  expect(outcome.stderr).toMatch(/^\+ Build of unknown outcome: hello-2\.12$/m);
});

test('sessions that are over at once do not keep the others from being followed', async ({
  world,
}) => {
  const touch = `for i in $(seq 10); do ${daemon.add('/etc/hostname').join(' ')}; done`;
  const theirs = buildScript('theirs-3', 'echo theirs; exit 1');
  const ours = buildScript('ours-3', 'echo ours; exit 1');
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
  const theirs = buildScript('theirs-4', 'echo theirs; exit 1');
  const ours = buildScript('ours-4', 'echo ours; exit 1');
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
  const outcome = await run(world, [
    'sh',
    '-c',
    `${build('broken')} || ${daemon.collectGarbage}; exit 4`,
  ]);
  expect(outcome.status).toBe(4);
  expect(outcome.stderr).toMatch(/^\+ Build of unknown outcome: broken-1\.0/m);
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
});

test('of many older logs, the newest fifty', async ({ world }) => {
  const folder = world.at(`${daemon.logDirectory}/drvs/ab`);
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
  await run(world, ['sh', '-c', build('broken')]);
  await run(world, ['sh', '-c', 'exit 7']);
  expect(list(world, '/job')).toHaveLength(1);
});

test('--logs=none leaves them all where they are', async ({ world }) => {
  const outcome = await run(world, ['--logs=none', ...daemon.build('broken')]);
  expect(outcome.status).toBe(1);
  expect(readFailed(outcome.stderr)).toEqual([]);
  expect(list(world, '/job')).toEqual([]);
  expect((await run(world, ['--logs=none', 'false'])).stderr).toBe('+ false\n');
});

test('--logs=all unpacks those of successes, too, and shows none of them', async ({ world }) => {
  const outcome = await run(world, ['--logs=all', ...daemon.build('hello')]);
  expect(outcome.status).toBe(0);
  expect(outcome.stderr).toMatch(/\+ Build: hello-2\.12, after \d+\.\d s\n.*\n\+ Its log: .*\n$/);
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-hello-2\.12\.drv$/)]);
});

test('--logs-directory is made, and gets them', async ({ world }) => {
  const words = ['--logs-directory=out/logs', ...daemon.build('broken')];
  const outcome = await run(world, words);
  expect(outcome.stderr).toMatch(/^\+ Its log: out\/logs\/[0-9a-z]{32}-broken-1\.0\.drv /m);
  expect(list(world, '/job')).toEqual(['out']);
  expect(list(world, '/job/out/logs')).toHaveLength(1);
});

test(`${daemon.logVariable} is where the daemon writes and we read`, async ({ world }) => {
  const outcome = await run(world, daemon.build('broken'), {
    env: { [daemon.logVariable]: '/srv/logs' },
  });
  expect(readFailed(outcome.stderr)).toEqual(['broken-1.0']);
  expect(list(world, '/srv/logs/drvs')).toHaveLength(1);
  expect(list(world, `${daemon.logDirectory}/drvs`)).toEqual([]);
});

test('where sessions can only be guessed, it goes by the time of the logs', async ({ world }) => {
  await startDaemon(world);
  await run(world, daemon.ask);
  // As in a container that shares the socket, the store and the logs with the daemon's, and no more.
  const hide = `mount -t tmpfs none ${daemon.stateDirectory}/temproots`;
  const words = ['unshare', '--mount', 'sh', '-c', `${hide} && exec ${entryPoint} "$@"`, 'sh'];
  const outcome = await runIn(world, [...words, ...daemon.build('broken')]);
  expect(readFailed(outcome.stderr)).toEqual(['broken-1.0']);
});
