import { constants } from 'node:os';
import { findOnlyChild } from '../../scripts/machine.ts';
import {
  expect,
  expectNothingSurvives,
  findChildByName,
  insist,
  kill,
  listProcesses,
  readState,
  run,
  runIn,
  type Running,
  start,
  startIn,
  test,
} from '../support/real.ts';
import { openTerminal, quote } from '../support/terminal.ts';

// The tables of tini's and dumb-init's test suites, against the built executable.

const catcher = '/fixtures/programs/catch-signals';

/** As in `docker run`: the executable is process 1 of its own name space. */
const asProcessOne = ['unshare', '--pid', '--fork', '--mount-proc'] as const;

/** What a command may be sent through us; SIGINT and SIGTERM have tests of their own. */
const passed = [
  ...(['SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM', 'SIGVTALRM', 'SIGPROF'] as const),
  ...(['SIGXCPU', 'SIGPWR', 'SIGIO', 'SIGSTKFLT', 'SIGCONT', 'SIGWINCH', 'SIGURG'] as const),
  ...(['SIGABRT', 'SIGTRAP', 'SIGSYS'] as const),
];

/** Those that a terminal sends to the whole foreground group. */
const terminals: ReadonlySet<string> = new Set(['SIGQUIT', 'SIGCONT', 'SIGWINCH']);

/** Status by status in one shell, which names those that come back as another. */
function trySelf(commands: string, statuses: string): string {
  return `for n in ${statuses}; do /entry-point.sh --trace=off sh -c "${commands}"; echo "$n $?"; done`;
}

function listStatuses(stdout: string): [number, number][] {
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(' ').map(Number))
    .map(([wanted = -1, got = -1]) => [wanted, got]);
}

test('every exit status from 0 to 255 is kept', { timeout: 120_000 }, async ({ world }) => {
  // Inside of a run: that saves 256 daemons.
  const { stdout } = await run(world, ['bash', '-c', trySelf('exit $n', '{0..255}')]);
  const expected = Array.from({ length: 256 }, (_, status) => [status, status]);
  expect(listStatuses(stdout)).toEqual(expected);
});

test('death by signal n is 128+n, whatever the signal', { timeout: 120_000 }, async ({ world }) => {
  const harmless = new Set([17, 18, 19, 20, 21, 22, 23, 28]);
  const numbers = [...Array(64).keys()]
    .map((index) => index + 1)
    .filter((number) => !harmless.has(number) && number !== 32 && number !== 33);
  const loop = trySelf('ulimit -c 0; kill -$n \\$\\$', numbers.join(' '));
  const { stdout } = await run(world, ['bash', '-c', loop]);
  expect(listStatuses(stdout)).toEqual(numbers.map((number) => [number, 128 + number]));
});

/** A way to start the executable, and to find its number outside of the world. */
const places = [
  { place: 'not process 1', before: [], find: (running: Running) => running.pid },
  {
    place: 'as process 1',
    before: asProcessOne,
    find: (running: Running) => findOnlyChild(running.pid),
  },
] as const;

for (const { place, before, find } of places) {
  test(`${place}, without a terminal: every signal is passed on`, async ({ world }) => {
    const running = startIn(world, [...before, '/entry-point.sh', '--trace=off', catcher]);
    await running.says('ready');
    for (const signal of passed) {
      process.kill(find(running), signal);
      await running.says(`\ncaught ${signal}\n`);
    }
    await runIn(world, ['touch', '/job/enough']);
    process.kill(find(running), 'SIGUSR1');
    expect(await running.ended).toEqual({ status: 0, signal: null });
    expectNothingSurvives(world);
  });

  test(`${place}, without a terminal: the whole process group gets it`, async ({ world }) => {
    const script = `trap 'wait; echo outer >&2; exit 6' TERM; bash -c 'trap "echo inner >&2; exit" TERM; echo ready >&2; while :; do sleep 0.1; done' & wait`;
    const running = startIn(world, [...before, '/entry-point.sh', 'bash', '-c', script]);
    await running.says('\nready\n');
    process.kill(find(running), 'SIGTERM');
    expect(await running.ended).toEqual({ status: 6, signal: null });
    expect(running.stderr()).toMatch(/\ninner\n(.*\n)*outer\n$/);
    expectNothingSurvives(world);
  });

  test(`${place}, at a terminal: what the terminal doesn't send is passed on`, async ({
    world,
  }) => {
    const words = [...before, '/entry-point.sh', '--trace=off', catcher];
    const terminal = openTerminal(world, words.join(' '));
    await terminal.shows('ready');
    const { pid } = findSelf(world);
    for (const signal of passed.filter((name) => !terminals.has(name))) {
      await kill(world, pid, String(constants.signals[signal]));
      await terminal.shows(`\ncaught ${signal}\n`);
    }
    terminal.type('\x03');
    await terminal.shows('caught SIGINT\n');
    await runIn(world, ['touch', '/job/enough']);
    await kill(world, pid, 'USR1');
    expect(await terminal.ended).toBe(0);
    expectNothingSurvives(world);
  });

  test(`${place}: a second SIGTERM is SIGKILL for all of it`, async ({ world }) => {
    const running = startIn(world, [...before, '/entry-point.sh', '--trace=off', catcher]);
    await running.says('ready');
    process.kill(find(running), 'SIGTERM');
    await running.says('\ncaught SIGTERM\n');
    await insist(running, () => process.kill(find(running), 'SIGTERM'));
    expect(await running.ended).toEqual({ status: 137, signal: null });
    expect(running.stderr()).toMatch(
      /\n\+ SIGTERM for the second time: sending SIGKILL to the command \(\d+(, \d+)*\)\n/,
    );
    expectNothingSurvives(world);
  });
}

/** The executable that runs the catcher, as the world numbers it. */
function findSelf(world: Parameters<typeof listProcesses>[0]): { readonly pid: number } {
  const self = listProcesses(world).find(({ command }) =>
    command.startsWith(`/entry-point.sh --trace=off ${catcher}`),
  );
  if (self === undefined) throw new Error('the executable does not run');
  return self;
}

test.for(['SIGTSTP', 'SIGTTIN', 'SIGTTOU'] as const)(
  '%s stops us and the command, SIGCONT continues both',
  async (signal, { world }) => {
    const running = start(world, ['sh', '-c', 'echo ready >&2; read -r line; exit 3']);
    await running.says('\nready\n');
    const [self, command] = [running.pid, findChildByName(running.pid, 'sh')];
    process.kill(self, signal);
    await expect.poll(() => [readState(self), readState(command)]).toEqual(['T', 'T']);
    process.kill(self, 'SIGCONT');
    // nsenter has stopped itself with us.
    running.child.kill('SIGCONT');
    running.child.stdin?.end('\n');
    expect(await running.ended).toEqual({ status: 3, signal: null });
    expectNothingSurvives(world);
  },
);

test('a window of another size reaches the command', async ({ world }) => {
  const script = `trap 'stty size' WINCH; tty >/job/tty; echo ready; while :; do sleep 0.1; done`;
  const terminal = openTerminal(world, `/entry-point.sh --trace=off bash -c ${quote(script)}`);
  await terminal.shows('ready');
  await runIn(world, ['sh', '-c', 'stty -F "$(cat /job/tty)" rows 41 cols 101']);
  await terminal.shows('41 101');
  terminal.type('\x03');
  expect(await terminal.ended).toBe(130);
});

test("the command's shell has job control at a terminal", async ({ world }) => {
  const terminal = openTerminal(world, '/entry-point.sh --trace=off bash --norc -i');
  terminal.type('echo "flags: $-"; sleep 1000 &\r');
  await terminal.shows(/flags: \w*m/);
  terminal.type('kill %1; wait; exit 3\r');
  expect(await terminal.ended).toBe(3);
  expectNothingSurvives(world);
});

test('a reader of our stderr that has gone ends nothing', async ({ world }) => {
  const line = `/entry-point.sh -v sh -c 'echo out; exit 3' 2> >(exec 0<&-); echo "$?"`;
  expect(await runIn(world, ['bash', '-c', line])).toMatchObject({ stdout: 'out\n3\n' });
  expectNothingSurvives(world);
});

test('the table of what is passed on has every signal that it can have', () => {
  const others = new Set([
    // Their tests are above.
    ...['SIGINT', 'SIGTERM', 'SIGTSTP', 'SIGTTIN', 'SIGTTOU'],
    // Nobody can catch these, or they say that something of our own went wrong.
    ...['SIGKILL', 'SIGSTOP', 'SIGCHLD', 'SIGILL', 'SIGBUS', 'SIGFPE', 'SIGSEGV', 'SIGPIPE'],
    'SIGXFSZ',
  ]);
  const numbers = new Set<number>(passed.map((name) => constants.signals[name]));
  const left = Object.entries(constants.signals)
    .filter(([name, number]) => !others.has(name) && !numbers.has(number))
    .map(([name]) => name);
  expect(left).toEqual([]);
});
