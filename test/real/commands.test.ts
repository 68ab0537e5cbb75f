import { mkdirSync, writeFileSync } from 'node:fs';
import {
  expect,
  expectNothingSurvives,
  findDaemon,
  listDaemons,
  run,
  runIn,
  start,
  startIn,
  test,
} from '../support/real.ts';

const broken = 'guix build -L /fixtures/packages -f /fixtures/packages/broken.scm';

test('-c runs commands of the shell in strict mode, and traces them', async ({ world }) => {
  const text = 'echo "$0 has $#: $2"; false | true; echo never';
  const outcome = await run(world, ['-c', text, 'name', 'one', 'two words']);
  expect(outcome).toMatchObject({ status: 1, stdout: 'name has 2: two words\n' });
  const [first, ...pipeline] = outcome.stderr.trimEnd().split('\n');
  expect(first).toBe("+ echo 'name has 2: two words'");
  // The commands of a pipeline trace themselves at once.
  expect(pipeline.toSorted()).toEqual(['+ false', '+ true']);
  expectNothingSurvives(world);
});

test.for([
  ['a failure', 'sh -c "exit 7"; echo never', 7, "+ sh -c 'exit 7'\n"],
  ['a variable that is not set', 'echo "$nope"', 1, 'bash: line 1: nope: unbound variable\n'],
  [
    'a mistake of syntax',
    'if',
    2,
    "bash: -c: line 2: syntax error: unexpected end of file from `if' command on line 1\n",
  ],
  ['nothing', '', 0, ''],
] as const)('-c ends at %s', async ([, text, status, stderr], { world }) => {
  expect(await run(world, ['-c', text])).toEqual({ status, signal: null, stdout: '', stderr });
});

test('commands on stdin are one group under one daemon, strict and traced', async ({ world }) => {
  const input = `if true
then
  cat <<TEXT
a here-document
TEXT
fi
${broken} || exit 3
echo never
`;
  const outcome = await run(world, [], { input });
  expect(outcome).toMatchObject({ status: 3, stdout: 'a here-document\n' });
  expect(outcome.stderr).toContain('+ true\n+ cat\n');
  expect(outcome.stderr).toContain(`+ ${broken}\n`);
  expect(outcome.stderr).toContain('+ Failed build: ');
  expectNothingSurvives(world);
});

test('commands on stdin stop at the first failure, with its status', async ({ world }) => {
  expect(await run(world, [], { input: 'echo one\n(exit 9)\necho two\n' })).toEqual({
    status: 9,
    signal: null,
    stdout: 'one\n',
    stderr: '+ echo one\n+ exit 9\n',
  });
});

test('what a command on stdin reads from stdin is the rest of it, as under bash -s', async ({
  world,
}) => {
  const input = 'read -r line\nfor read\necho "$line"\ncat\nthe rest\n\0is data';
  const expected = await runIn(world, ['bash', '-s'], { input });
  expect(expected.stdout).toBe('for read\nthe rest\n\0is data');
  expect(await run(world, [], { input })).toMatchObject({ status: 0, stdout: expected.stdout });
});

test('commands on stdin run as they arrive', async ({ world }) => {
  const running = start(world, []);
  running.child.stdin?.write('echo ready >&2\n');
  await running.says('\nready\n');
  const daemon = findDaemon(world);
  running.child.stdin?.write('echo again >&2\n');
  await running.says('\nagain\n');
  expect(findDaemon(world)).toEqual(daemon);
  running.child.stdin?.end('exit 4\n');
  expect(await running.ended).toEqual({ status: 4, signal: null });
  expectNothingSurvives(world);
});

test('commands come through a named pipe, from a producer that is slow', async ({ world }) => {
  await runIn(world, ['mkfifo', '/job/commands']);
  const running = startIn(world, ['sh', '-c', '/entry-point.sh < /job/commands']);
  const producer = startIn(world, [
    'sh',
    '-c',
    'exec >/job/commands; while read -r l; do echo "$l"; done',
  ]);
  producer.child.stdin?.write('echo one >&2\n');
  await running.says('\none\n');
  producer.child.stdin?.end('echo two >&2\n');
  await running.says('\ntwo\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expect(await producer.ended).toEqual({ status: 0, signal: null });
  expectNothingSurvives(world);
});

test('empty stdin is a group without commands', async ({ world }) => {
  expect(await run(world, [])).toEqual({ status: 0, signal: null, stdout: '', stderr: '' });
});

test.for(['</dev/null', '<&-'])(
  'without a command and %s, nothing can be run: it is told',
  async (redirection, { world }) => {
    expect(await runIn(world, ['sh', '-c', `/entry-point.sh ${redirection}`])).toEqual({
      status: 0,
      signal: null,
      stdout: '',
      stderr:
        "+ There is no command, and standard input is /dev/null. Add a command, or give it a terminal for a prompt ('docker run -it') or a script ('docker run -i')\n",
    });
    expect(listDaemons(world)).toEqual([]);
  },
);

test('without bash, the strict shell is sh', async ({ world }) => {
  mkdirSync(world.at('/opt/bin'));
  await runIn(world, ['ln', '-s', '/usr/bin/dash', '/opt/bin/sh']);
  await runIn(world, ['ln', '-s', '/usr/bin/guix-daemon', '/opt/bin/guix-daemon']);
  const command = ['env', 'PATH=/opt/bin', '/entry-point.sh'];
  expect(await runIn(world, [...command, '-c', 'echo "$0"; /bin/false; echo never'])).toEqual({
    status: 1,
    signal: null,
    stdout: 'sh\n',
    stderr: '+ echo sh\n+ /bin/false\n',
  });
  // dash of Debian 13 and older knows no pipefail; BusyBox does.
  await runIn(world, ['ln', '-sf', '/usr/bin/busybox', '/opt/bin/sh']);
  expect(
    await runIn(world, command, { input: '/bin/false | /bin/true\necho never\n' }),
  ).toMatchObject({ status: 1, stdout: '' });
});

test('--trace=off traces nothing and stays strict', async ({ world }) => {
  const quiet = { status: 1, signal: null, stdout: 'one\n', stderr: '' };
  expect(await run(world, ['--trace=off', '-c', 'echo one; false; echo two'])).toEqual(quiet);
  const input = 'echo one\nfalse\necho two\n';
  expect(await run(world, ['--trace=off'], { input })).toEqual(quiet);
  expect(await run(world, ['--trace=off', 'sh', '-c', 'echo one; false'])).toEqual(quiet);
});

test('~/.bashrc is for prompts', async ({ world }) => {
  writeFileSync(world.at('/root/.bashrc'), 'echo from bashrc\n');
  expect(await run(world, ['-c', ':'])).toMatchObject({ stdout: '', stderr: '+ :\n' });
  expect(await run(world, [], { input: ':\n' })).toMatchObject({ stdout: '', stderr: '+ :\n' });
});
