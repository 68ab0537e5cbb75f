import { buildExpressions, readFailed } from '../support/failures.ts';
import { breakWorld, readHints } from '../support/hints.ts';
import { entryPoint, expect, guixBuild, run, runIn, start, test } from '../support/real.ts';
import { openPrompt } from '../support/terminal.ts';

// What has nothing to do with the machine has no hint, and nobody gets the same one for two faults.

/** `/dev/full` takes nothing. */
const unrelated = [
  ['a build that fails by itself', guixBuild('broken.scm')],
  [
    'a build whose log quotes such words',
    buildExpressions(
      `(shell-build "a-1" "${[
        'test 3: strerror(ENOSPC) is No space left on device ... ok',
        'SKIP: connects: Network is unreachable',
        'resolves: Temporary failure in name resolution (expected)',
        'X.509 certificate is not yet valid ... ok',
        'FAIL: test 4',
      ]
        .map((line) => `echo '${line}'; `)
        .join('')}exit 1")`,
    ),
  ],
  ['a build without a word', buildExpressions('(shell-build "a-1" "exit 1")')],
  ['a package that is not there', ['guix', 'build', 'no-such-package']],
  ['a command without Guix', ['sh', '-c', 'echo "No space left on device" >&2; exit 1']],
  ['a command beside Guix', ['sh', '-c', 'guix gc --list-dead >/dev/null 2>&1; exit 1']],
  ['a command that is not there', ['no-such-command']],
] as const;

test.for(unrelated)('%s', async ([, words], { world }) => {
  const { status, stderr } = await run(world, words);
  expect(status).not.toBe(0);
  expect(stderr.replace(/^\+ Hint: Look for it in the directories of PATH.*\n/m, '')).not.toContain(
    'Hint',
  );
});

/** Builds can't work, isolated or not; nobody wanted one. */
const withoutBuild = [
  ['a file of Guix', ['sh', '-c', 'grep nothing /etc/guix/acl']],
  ['a directory of Guix', ['ls', '/var/guix/n']],
  ['a package that is not there', ['guix', 'build', 'no-such-package']],
  ['an option that is not there', ['sh', '-c', 'guix build --no-such-option']],
] as const;

test.for(withoutBuild)('%s, where builds do not work', async ([, words], { world }) => {
  await breakWorld(
    world,
    'sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group; mkdir /homeless-shelter',
  );
  const lacking = ['chown', 'sys_admin', 'net_admin'].map((one) => `-${one}`).join();
  const asLesserRoot = ['setpriv', `--bounding-set=${lacking}`, `--inh-caps=${lacking}`];
  const { status, stderr } = await runIn(world, [...asLesserRoot, entryPoint, ...words]);
  expect(status).not.toBe(0);
  expect(stderr).not.toContain('Hint');
});

const full = 'mkdir -p /var/log/guix; mount -t tmpfs -o size=16k none /var/log/guix';

test('a fault of the machine that did no harm', async ({ world }) => {
  await breakWorld(world, full);
  const success = await run(world, guixBuild('hello.scm'));
  expect(success, success.stderr).toMatchObject({ status: 0 });
  expect(success.stderr).not.toContain('Hint');
  const without = await run(world, ['false']);
  expect(without).toMatchObject({ status: 1, stderr: '+ false\n' });
});

test('a run that is told to end', async ({ world }) => {
  await breakWorld(world, full);
  const running = start(world, guixBuild('endless.scm'));
  await running.says('building for ever');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 143, signal: null });
  expect(running.stderr()).not.toContain('Hint');
});

test('of a run inside another one, it is told once', async ({ world }) => {
  await breakWorld(world, 'sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group');
  const { status, stderr } = await run(world, [
    'sh',
    '-c',
    `${entryPoint} ${guixBuild('hello.scm').join(' ')}`,
  ]);
  expect(status).toBe(1);
  expect(readHints(stderr)).toHaveLength(1);
});

test('at a prompt, each line has its own', async ({ world }) => {
  const terminal = await openPrompt(world);
  const hello = guixBuild('hello.scm').join(' ');
  await terminal.enter('sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group');
  await terminal.enter(hello);
  await terminal.shows(
    "+ Hint: Builds run as users of the group 'guixbuild', and it has no members.",
  );
  await terminal.enter('false');
  await terminal.shows('+ false\n+ exit status 1\n');
  await terminal.enter('usermod --append --groups guixbuild guixbuilder1');
  await terminal.enter(`${hello} && echo "built by $?"`);
  await terminal.shows('\nbuilt by 0\n');
  expect(terminal.screen().split('Hint').length - 1).toBe(1);
  expect(await terminal.leave()).toBe(0);
});

test('in GitHub Actions it is a notice, in JSON an event', async ({ world }) => {
  await breakWorld(world, 'sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group');
  const hello = guixBuild('hello.scm');
  const { stderr } = await run(world, hello, { env: { GITHUB_ACTIONS: 'true' } });
  const [hint] = readHints(stderr);
  expect(stderr.trimEnd().split('\n').at(-1)).toBe(
    `::notice title=Hint::${hint?.meaning}%0A${hint?.command}`,
  );
  const json = await run(world, ['--json', ...hello]);
  expect(JSON.parse(json.stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    level: 'info',
    event: 'hint',
    rule: 'build users',
    ...hint,
  });
});

test('the logs of several builds are looked at', async ({ world }) => {
  const says = '(shell-build "a-1" "echo first; exit 1")';
  const filling = '(shell-build "b-1" "dd if=/dev/zero of=/dev/full; exit 1")';
  const { stderr } = await run(world, [...buildExpressions(says, filling), '--keep-going']);
  expect(readFailed(stderr)).toHaveLength(2);
  const [hint] = readHints(stderr);
  expect(hint?.meaning).toMatch(/^'No space left on device': of the places that Guix writes to,/);
});

test('a hint does not need logs', async ({ world }) => {
  await breakWorld(world, 'mkdir /homeless-shelter');
  const words = ['--logs=none', '--chroot=off', ...guixBuild('hello.scm')];
  const { stderr } = await runIn(world, [entryPoint, ...words]);
  expect(readHints(stderr)).toHaveLength(1);
});
