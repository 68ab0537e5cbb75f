import { readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import {
  daemon,
  entryPoint,
  expect,
  expectNothingSurvives,
  findDaemon,
  list,
  listDaemons,
  listProcesses,
  run,
  runIn,
  start,
  startDaemon,
  test,
} from '../support/real.ts';

const { ask, program, socket, socketVariable } = daemon;
const reused = `+ ${daemon.kind.program}: one answers on ${socket}; it is used and left alone\n`;

test('a nested call uses the daemon of the run it is in, and leaves it alone', async ({
  world,
}) => {
  const script = `${entryPoint} -v true && exec ${daemon.build('hello').join(' ')}`;
  const outcome = await run(world, ['sh', '-c', script]);
  expect(outcome).toMatchObject({ status: 0, stdout: expect.stringContaining('-hello-2.12\n') });
  expect(outcome.stderr).toContain(`${reused}+ true\n`);
  expectNothingSurvives(world);
});

test('a nested build that fails shows its log once', async ({ world }) => {
  const outcome = await run(world, [entryPoint, ...daemon.build('broken')]);
  expect(outcome.status).toBe(1);
  expect(outcome.stderr.match(/^\+ Failed build: /gm)).toHaveLength(1);
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
  expectNothingSurvives(world);
});

test("somebody else's daemon is used, and runs on afterwards", async ({ world }) => {
  await startDaemon(world);
  const outcome = await run(world, ['-v', ...daemon.build('hello')]);
  expect(outcome).toMatchObject({ status: 0, stderr: expect.stringContaining(reused) });
  // Its session may end a moment later.
  await expect
    .poll(() => listProcesses(world).map((process) => process.command))
    .toEqual([[program, ...daemon.arguments].join(' ')]);
});

test("somebody else's daemon is left alone, whoever has the mark of a run's", async ({ world }) => {
  await startDaemon(world);
  const mark = `GUIX_ENTRY_POINT_LISTENS_ON=${socket}`;
  world.start(['env', mark, 'sleep', '1000'], { stdio: 'ignore' });
  const listCommands = (): readonly string[] =>
    listProcesses(world).map((process) => process.command);
  const all = [[program, ...daemon.arguments].join(' '), 'sleep 1000'];
  await expect.poll(listCommands).toEqual(all);
  const outcome = await run(world, ['-v', ...daemon.build('hello')]);
  expect(outcome).toMatchObject({ status: 0, stderr: expect.stringContaining(reused) });
  await expect.poll(listCommands).toEqual(all);
});

test(`${socketVariable} names another place, for us and for the command`, async ({ world }) => {
  const place = '/run/elsewhere/socket';
  const script = `echo "$${socketVariable}" >&2; read -r line; ${ask.join(' ')}`;
  const running = start(world, ['sh', '-c', script], { env: { [socketVariable]: place } });
  await running.says(`${place}\n`);
  findDaemon(world);
  expect(list(world, '/run/elsewhere')).toEqual(['socket']);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expectNothingSurvives(world);
});

test('ten runs at once: none steals the socket of another, and each build ends well', async ({
  world,
}) => {
  const script = `echo begun >&2; read -r line; ${daemon.build('hello').join(' ')}`;
  const runs = Array.from({ length: 10 }, () => start(world, ['sh', '-c', script]));
  await Promise.all(runs.map((one) => one.says('begun\n')));

  // All are under way at the same time: each has a daemon on a path of its own, one on the usual one.
  expect(listDaemons(world)).toHaveLength(10);
  const sockets = list(world, dirname(socket));
  expect(sockets).toHaveLength(10);
  expect(sockets).toContain(basename(socket));

  // They end one after the other, and none takes the daemon of those that go on with it.
  for (const one of runs) {
    one.child.stdin?.end('\n');
    expect(await one.ended, one.stderr()).toEqual({ status: 0, signal: null });
  }
  expectNothingSurvives(world);
});

test('ten runs that start and end at once leave nothing', async ({ world }) => {
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => run(world, ask)));
  for (const outcome of outcomes) {
    expect(outcome).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr: `+ ${ask.join(' ')}\n`,
    });
  }
  expectNothingSurvives(world);
});

test("ten runs at once beside somebody else's daemon all use it", async ({ world }) => {
  await startDaemon(world);
  const words = ['-v', '--daemon-program=/bin/false', 'true'];
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => run(world, words)));
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({ status: 0, stderr: expect.stringContaining(reused) });
  }
});

test('a run that is stopped, or asked by somebody who goes away, disturbs nobody', async ({
  world,
}) => {
  const first = start(world, ['sh', '-c', 'echo ready >&2; read -r line']);
  await first.says('\nready\n');
  const name = /@(guix-entry-point\S+)/.exec(
    readFileSync(`/proc/${world.pid}/net/unix`, 'latin1'),
  )?.[1];
  const script = `use Socket;
    for (1 .. 200) { socket(my $s, PF_UNIX, SOCK_STREAM, 0); connect($s, sockaddr_un("\\0${name}")) or die $!; close $s }`;
  expect(await runIn(world, ['perl', '-e', script])).toMatchObject({ status: 0, stderr: '' });

  process.kill(first.pid, 'SIGSTOP');
  const second = await run(world, ask);
  expect(second).toMatchObject({ status: 0, stderr: `+ ${ask.join(' ')}\n` });
  // nsenter stops with the program that it has started, and waits to be continued itself.
  first.child.kill('SIGCONT');

  first.child.stdin?.end('\n');
  expect(await first.ended, first.stderr()).toEqual({ status: 0, signal: null });
  expectNothingSurvives(world);
});
