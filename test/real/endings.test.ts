import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import {
  daemon as installed,
  expect,
  expectNothingSurvives,
  findDaemon,
  findSession,
  kill,
  list,
  listProcesses,
  run,
  type Running,
  start,
  test,
} from '../support/real.ts';

/** The signals that end a run, and the exit status of one that they ended. */
const endingSignals = [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
  ['SIGQUIT', 131],
] as const;

/** Starts a sandboxed build that goes on until it is ended. */
async function startEndlessBuild(
  world: Parameters<typeof start>[0],
  words: readonly string[] = [],
): Promise<Running> {
  const running = start(world, [...words, ...installed.build('endless')]);
  await running.says('building for ever\n');
  return running;
}

test.for(endingSignals)(
  '%s during a build: all of it ends, and its log is not lost',
  async ([signal], { world }) => {
    const running = await startEndlessBuild(world);
    findDaemon(world);
    findSession(world);
    expect(listProcesses(world).map(({ command }) => command)).toContainEqual(
      expect.stringMatching(
        /sh -c PATH=\/(gnu|nix)\/store\/\w{32}-shell\/bin; echo 'building for ever'/,
      ),
    );

    process.kill(running.pid, signal);
    const status = installed.statusAfter(signal);
    expect(await running.ended).toEqual({ status, signal: null });
    expect(running.stderr()).toContain(`+ ${signal}: passed on to the command\n`);
    expectNothingSurvives(world);

    const [log = '', ...others] = list(world, '/job');
    expect(others).toEqual([]);
    expect(log).toMatch(/-endless-1\.0\.drv$/);
    expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toBe('building for ever\n');
    expect(running.stderr()).toContain(`+ Its derivation: ${installed.kind.store}/${log}\n`);
  },
);

test.for(endingSignals)(
  '%s before the daemon is ready: no command, and nothing left',
  async ([signal, status], { world }) => {
    const words = ['-v', '--daemon-program=/fixtures/programs/silent-daemon', 'touch', '/job/ran'];
    const running = start(world, words);
    await running.says('listening and saying nothing\n');
    process.kill(running.pid, signal);
    expect(await running.ended).toEqual({ status, signal: null });
    expect(running.stderr()).toContain(`+ ${signal}: stopping\n`);
    expect(list(world, '/job')).toEqual([]);
    expectNothingSurvives(world);
  },
);

test('a command that takes a signal in its own way decides the exit status', async ({ world }) => {
  const script = `trap 'echo caught >&2; exit 9' TERM; echo ready >&2; while :; do sleep 1; done`;
  const running = start(world, ['sh', '-c', script]);
  await running.says('\nready\n');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 9, signal: null });
  expect(running.stderr()).toMatch(
    /\+ SIGTERM: passed on to the command\n(Terminated\n)?caught\n$/,
  );
  expectNothingSurvives(world);
});

test('what the command leaves in the background ends with it, its build too', async ({ world }) => {
  const build = installed.build('endless').join(' ');
  const script = `${build} 2>/job/log & until grep -q 'for ever' /job/log; do sleep 0.1; done; exit 5`;
  expect(await run(world, ['bash', '-c', script])).toMatchObject({ status: 5, signal: null });
  expectNothingSurvives(world);
});

test('a daemon killed in the middle is reported and changes nothing else', async ({ world }) => {
  const running = await startEndlessBuild(world);
  const daemon = findDaemon(world);
  await kill(world, daemon.pid, 'KILL');
  await running.says(
    `+ ${installed.kind.program} (process ${daemon.pid}) died during the run: killed by SIGKILL\n`,
  );
  process.kill(running.pid, 'SIGTERM');
  const status = installed.statusAfter('SIGTERM');
  expect(await running.ended).toEqual({ status, signal: null });
  expect(listProcesses(world)).toEqual([]);
  expectNothingSurvives(world);
});

test('a command that does without the daemon that died keeps its exit status', async ({
  world,
}) => {
  const running = start(world, ['sh', '-c', 'echo ready >&2; read -r line; exit 4']);
  await running.says('\nready\n');
  await kill(world, findDaemon(world).pid, 'KILL');
  await running.says('died during the run');
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 4, signal: null });
  expectNothingSurvives(world);
});

test('a session killed in the middle of a build leaves neither builder nor journal', async ({
  world,
}) => {
  const running = await startEndlessBuild(world);
  await kill(world, findSession(world).pid, 'KILL');
  expect(await running.ended).toEqual({ status: 1, signal: null });
  expectNothingSurvives(world);
});

test('daemon and session killed together leave neither builder nor journal', async ({ world }) => {
  const running = await startEndlessBuild(world);
  const [daemon, session] = [findDaemon(world), findSession(world)];
  await kill(world, daemon.pid, 'KILL');
  await kill(world, session.pid, 'KILL');
  expect(await running.ended).toEqual({ status: 1, signal: null });
  expectNothingSurvives(world);
});

test.for([0, 1, 2, 42, 126, 127, 128, 255])(
  "exit status %i is the command's",
  async (status, { world }) => {
    const outcome = await run(world, ['sh', '-c', `exit ${status}`]);
    expect(outcome).toMatchObject({ status, signal: null, stdout: '' });
  },
);

test.for([
  ['TERM', 143],
  ['KILL', 137],
  ['SEGV', 139],
  ['PIPE', 141],
  ['USR1', 138],
] as const)(
  'a command killed by SIG%s ends the run with %i',
  async ([signal, status], { world }) => {
    const outcome = await run(world, ['sh', '-c', `kill -${signal} $$`]);
    expect(outcome).toMatchObject({ status, signal: null });
    expectNothingSurvives(world);
  },
);

test.for([
  ['not-a-command', 127, "Cannot run 'not-a-command': there is no such command."],
  ['/nowhere/at-all', 127, "Cannot run '/nowhere/at-all': there is no such command."],
  ['/etc/passwd', 126, "Cannot run '/etc/passwd': permission denied."],
  ['/etc', 126, "Cannot run '/etc': it is a directory."],
  ['/etc/passwd/x', 126, "Cannot run '/etc/passwd/x': not a directory."],
  ['', 127, "Cannot run '': there is no such command."],
] as const)('%s ends the run with %i', async ([command, status, headline], { world }) => {
  const outcome = await run(world, [command]);
  expect(outcome).toMatchObject({ status, signal: null, stdout: '' });
  expect(outcome.stderr).toContain(`+ guix-entry-point: ${headline}\n+ Hint: `);
  expectNothingSurvives(world);
});

test('SIGUSR1 and SIGUSR2 reach the command and do nothing to us', async ({ world }) => {
  const script = `trap 'echo one >&2' USR1; trap 'echo two >&2; exit 3' USR2; echo ready >&2; while :; do sleep 0.1; done`;
  const running = start(world, ['bash', '-c', script]);
  await running.says('\nready\n');
  process.kill(running.pid, 'SIGUSR1');
  await running.says('\none\n');
  process.kill(running.pid, 'SIGUSR2');
  expect(await running.ended).toEqual({ status: 3, signal: null });
  expect(running.stderr()).not.toContain('Debugger');
  expectNothingSurvives(world);
});

test("a process under a group of the build users' number is no builder", async ({ world }) => {
  await run(world, ['true']);
  const bystander = [
    'setpriv',
    `--regid=${installed.buildGroup}`,
    '--clear-groups',
    'sleep',
    '1000',
  ];
  world.start(bystander, { stdio: ['ignore', 'pipe', 'ignore'] });
  const isThere = (): boolean =>
    listProcesses(world).some(({ command }) => command === 'sleep 1000');
  await expect.poll(isThere).toBe(true);
  writeFileSync(world.at(`${installed.stateDirectory}/db/db.sqlite-wal`), '');
  expect(await run(world, ['true'])).toMatchObject({ status: 0, stderr: '+ true\n' });
  expect(isThere()).toBe(true);
});

test("a teardown that fails in part goes on, and the exit status is the command's", async ({
  world,
}) => {
  const running = start(world, installed.build('endless'));
  await running.says('building for ever\n');
  const [daemon, session] = [findDaemon(world), findSession(world)];
  // The journal can't be taken into what is no database.
  const database = world.at(`${installed.stateDirectory}/db/db.sqlite`);
  renameSync(database, `${database}.away`);
  mkdirSync(database);
  await kill(world, daemon.pid, 'KILL');
  await kill(world, session.pid, 'KILL');
  expect(await running.ended).toEqual({ status: 1, signal: null });
  expect(running.stderr()).toContain('+ The teardown failed in part (takeInJournal): ');
  expect(listProcesses(world)).toEqual([]);
  expect(list(world, `${installed.stateDirectory}/daemon-socket`)).toEqual([]);
});

test('the run after one that was killed is not disturbed by its daemon', async ({ world }) => {
  const running = start(world, ['sh', '-c', 'echo ready >&2; read -r line']);
  await running.says('\nready\n');
  process.kill(running.pid, 'SIGKILL');
  expect(await running.ended).toEqual({ status: null, signal: 'SIGKILL' });
  const outcome = await run(world, installed.build('hello'));
  expect(outcome, outcome.stderr).toMatchObject({ status: 0, signal: null });
  expectNothingSurvives(world);
});
