import {
  expect,
  expectEnded,
  guixBuild,
  hello,
  helloPath,
  runLine,
  test,
} from '../support/containers.ts';
import { startIn } from '../support/real.ts';
import { openPrompt, openTerminal } from '../support/terminal.ts';

const run = 'docker run --rm --privileged';

test.for([0, 7, 255])(
  "docker run ends with the command's status %i",
  async (status, { engine }) => {
    const outcome = await runLine(engine, `${run} guix-entry-point sh -c 'exit ${status}'`);
    const stderr = `+ sh -c 'exit ${status}'\n`;
    expect(outcome).toEqual({ status, signal: null, stdout: '', stderr });
  },
);

test('after docker kill, the container runs again', async ({ engine }) => {
  const words = ['docker', 'run', '--privileged', '--name=killed', 'guix-entry-point', 'sh', '-c'];
  const script = `if [ -e killed ]; then exec ${hello}; fi; touch killed; exec ${guixBuild('endless.scm')}`;
  const running = startIn(engine, [...words, script]);
  await running.says('building for ever\n');
  await runLine(engine, 'docker kill killed');
  expect(await running.ended).toEqual({ status: 137, signal: null });
  const again = await runLine(engine, 'docker start --attach killed');
  expect(again).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
  await expectEnded(engine, 'killed', 0);
});

test('docker run without -i and without a command says so, and that is all', async ({ engine }) => {
  expect(await runLine(engine, `${run} guix-entry-point`)).toEqual({
    status: 0,
    signal: null,
    stdout: '',
    stderr:
      "+ There is no command, and standard input is /dev/null. Add a command, or give it a terminal for a prompt ('docker run -it') or a script ('docker run -i')\n",
  });
});

test('docker stop ends a prompt that waits for its first line', async ({ engine }) => {
  // The engine's log has whole lines only, and the prompt is none.
  const asking = "--env 'PROMPT_COMMAND=echo asking'";
  const container = `docker run -dit --privileged --name=idle ${asking} guix-entry-point`;
  expect(await runLine(engine, container)).toMatchObject({ status: 0 });
  const readLines = async (): Promise<string> => (await engine.docker(['logs', 'idle'])).stdout;
  await expect.poll(readLines).toBe('asking\r\n');
  expect(await runLine(engine, 'docker stop idle')).toMatchObject({ status: 0 });
  // After 10 s the engine would have sent SIGKILL: 137.
  await expectEnded(engine, 'idle', 143);
});

test('docker stop ends a prompt where a build runs', async ({ engine }) => {
  const container = 'docker run -it --privileged --name=busy guix-entry-point';
  const terminal = await openPrompt(engine, container);
  await terminal.enter(guixBuild('endless.scm'));
  await terminal.shows('\nbuilding for ever\n');
  expect(await runLine(engine, 'docker stop busy')).toMatchObject({ status: 0 });
  expect(await terminal.ended).toBe(143);
  await expectEnded(engine, 'busy', 143);
});

test('docker run -it: ^C ends a build in order', async ({ engine }) => {
  const build = guixBuild('endless.scm');
  const terminal = openTerminal(
    engine,
    `docker run -it --privileged --name=interrupted guix-entry-point ${build}`,
  );
  await terminal.shows('building for ever');
  terminal.type('\x03');
  expect(await terminal.ended).toBe(130);
  await expectEnded(engine, 'interrupted', 130);
});

test('docker exec beside a run uses its daemon', async ({ engine }) => {
  const words = [
    'docker',
    'run',
    '-i',
    '--privileged',
    '--name=beside',
    'guix-entry-point',
    'sh',
    '-c',
  ];
  const running = startIn(engine, [...words, 'echo ready >&2; read -r line; exit $line']);
  await running.says('\nready\n');
  const bare = await runLine(engine, `docker exec beside ${hello}`);
  expect(bare).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
  const wrapped = await runLine(engine, `docker exec beside /entry-point.sh -v ${hello}`);
  expect(wrapped).toMatchObject({ status: 0, stdout: bare.stdout });
  expect(wrapped.stderr).toContain('it is used and left alone\n');
  running.child.stdin?.end('4\n');
  expect(await running.ended).toEqual({ status: 4, signal: null });
  await expectEnded(engine, 'beside', 4);
});

test('two containers share a network at the same time, and not their daemons', async ({
  engine,
}) => {
  const build = guixBuild('endless.scm').split(' ');
  const options = ['--privileged', '--network=host', '--name=first'];
  const running = startIn(engine, ['docker', 'run', ...options, 'guix-entry-point', ...build]);
  await running.says('building for ever\n');
  const container = 'docker run --privileged --network=host --name=second guix-entry-point';
  const second = await runLine(engine, `${container} ${hello}`);
  expect(second).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
  await expectEnded(engine, 'second', 0);
  await runLine(engine, 'docker stop first');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  await expectEnded(engine, 'first', 143);
});

test('RUN /entry-point.sh, where it is not process 1', async ({ engine }) => {
  const dockerfile = [
    'FROM guix-entry-point',
    'WORKDIR /job',
    'RUN /entry-point.sh sh -c "guix download file:///etc/debian_version >downloaded"',
    'RUN ["/entry-point.sh", "cp", "downloaded", "copied"]',
  ].join('\n');
  const built = await runLine(engine, 'docker build --network=none --tag=built -', dockerfile);
  expect(built, built.stderr).toMatchObject({ status: 0 });
  const look = 'cat /job/copied; ls /var/guix/db /var/guix/daemon-socket';
  const { stdout } = await runLine(engine, `docker run --rm --entrypoint sh built -c '${look}'`);
  expect(stdout).toMatch(/^\/gnu\/store\/[0-9a-z]{32}-debian_version\n[0-9a-z]{52}\n/);
  expect(stdout).toContain('db.sqlite\n');
  expect(stdout).not.toMatch(/-wal|-shm|^socket/m);
});

test('without privileges, builds need what is told', async ({ engine }) => {
  const denied = await runLine(engine, `docker run --rm guix-entry-point ${hello}`);
  expect(denied.status).toBe(1);
  const told = /^\+ Hint: Builds can't work here: .*\n\+ {3}(docker run .*) …$/m.exec(
    denied.stderr,
  );
  const typed = told?.[1]?.replace('IMAGE', 'guix-entry-point');
  const built = await runLine(engine, `${typed} guix-entry-point ${hello}`);
  expect(built).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
});
