import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, expectNothingSurvives, findDaemon, list, runIn, test } from '../support/real.ts';
import { openPrompt } from '../support/terminal.ts';

const history = '/root/.local/state/guix-entry-point/history';
const broken = 'guix build -L /fixtures/packages -f /fixtures/packages/broken.scm';

test('a prompt has one daemon, keeps its state, and traces each line', async ({ world }) => {
  const terminal = await openPrompt(world);
  const daemon = findDaemon(world);
  await terminal.enter('name=value; cd /tmp; greet() { echo "hello $1"; }');
  await terminal.shows('\n+ cd /tmp\n');
  await terminal.enter('greet "$name from $PWD"');
  await terminal.shows("\n+ greet 'value from /tmp'\n+ echo 'hello value from /tmp'\n");
  await terminal.shows('\nhello value from /tmp\n');
  await terminal.enter('for n in 1 2\rdo echo "line $n"\rdone');
  await terminal.shows("\n+ echo 'line 2'\nline 2\n");
  await terminal.enter('(echo in a subshell)');
  await terminal.shows('\n+ (echo in a subshell)\nin a subshell\n');
  await terminal.enter('guix repl -- /dev/null && echo "built by $?"');
  await terminal.shows("\n+ guix repl -- /dev/null\n+ echo 'built by 0'\nbuilt by 0\n");
  expect(findDaemon(world)).toEqual(daemon);
  expect(await terminal.leave()).toBe(0);
  expectNothingSurvives(world);
});

test('a line that fails shows its status, and an empty one nothing', async ({ world }) => {
  const terminal = await openPrompt(world);
  await terminal.enter('sh -c "exit 7"');
  await terminal.shows('\n+ exit status 7\n');
  await terminal.enter('');
  await terminal.enter('');
  await terminal.enter('echo "still $?"');
  await terminal.shows("\n+ echo 'still 7'\nstill 7\n");
  await terminal.enter('(exit 9)');
  await terminal.shows('\n+ exit status 9\n');
  expect(terminal.screen().split('+ exit status').length - 1).toBe(2);
  expect(await terminal.leave()).toBe(9);
  expectNothingSurvives(world);
});

test('a build that fails shows its log at once, in the directory of the shell', async ({
  world,
}) => {
  const terminal = await openPrompt(world);
  mkdirSync(world.at('/job/deeper'));
  await terminal.enter('cd deeper');
  await terminal.enter(broken);
  await terminal.shows(
    /\+ exit status 1\n\+ Failed build: .*\n.*\n\+ Its log: \/job\/deeper\/.*\n/,
  );
  await terminal.shows(/libfoo is missing\n.*\(guix\) .*# $/s);
  expect(list(world, '/job')).toEqual(['deeper']);
  expect(list(world, '/job/deeper')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
  // It has been shown: neither another failure nor the end shows it again.
  await terminal.enter('false');
  await terminal.shows(/\n\+ false\n\+ exit status 1\n/);
  expect(await terminal.leave()).toBe(1);
  expect(terminal.screen().split('Failed build').length - 1).toBe(1);
  expect(list(world, '/job')).toEqual(['deeper']);
  expectNothingSurvives(world);
});

test('history is kept from session to session', async ({ world }) => {
  const first = await openPrompt(world);
  await first.enter('echo to be remembered');
  await first.shows('\nto be remembered\n');
  expect(await first.leave()).toBe(0);
  expect(readFileSync(world.at(history), 'utf8')).toBe('echo to be remembered\n');

  const second = await openPrompt(world);
  await second.enter('\x1b[A');
  await second.shows('\nto be remembered\n');
  await second.enter('\x12to be');
  await expect.poll(() => second.screen().split('\nto be remembered\n').length - 1).toBe(2);
  expect(await second.leave()).toBe(0);

  const elsewhere = await openPrompt(world, '/entry-point.sh', { XDG_STATE_HOME: '/srv/state' });
  await elsewhere.shows('(guix)');
  await elsewhere.enter('exit 3');
  expect(await elsewhere.ended).toBe(3);
  expect(list(world, '/srv/state/guix-entry-point')).toEqual(['history']);
  expectNothingSurvives(world);
});

test('where no history can be kept, it is told, and the prompt works', async ({ world }) => {
  writeFileSync(world.at('/srv/file'), '');
  const terminal = await openPrompt(world, '/entry-point.sh', { XDG_STATE_HOME: '/srv/file' });
  await terminal.shows('+ Cannot keep the history in /srv/file/guix-entry-point/history: ');
  await terminal.shows('(guix)');
  expect(await terminal.leave()).toBe(0);
});

test("Tab completes Guix's own words, and nothing of that is traced", async ({ world }) => {
  const terminal = await openPrompt(world);
  terminal.type('guix archi\t');
  await terminal.shows('guix archive');
  terminal.type('\x03');
  await terminal.shows(/\^C\n.*# $/);
  await terminal.enter('echo /fixt\t');
  await terminal.shows('\n+ echo /fixtures/\n');
  expect(terminal.screen()).not.toMatch(/\+.*(COMPREPLY|compgen|_guix)/);
  expect(await terminal.leave()).toBe(0);
  expectNothingSurvives(world);
});

test("the user's ~/.bashrc counts: aliases, prompt, hooks", async ({ world }) => {
  writeFileSync(
    world.at('/root/.bashrc'),
    `alias hi='echo from an alias'\nPS1='mine> '\nPROMPT_COMMAND='hooked=$((hooked + 1))'\n`,
  );
  const terminal = await openPrompt(world, '/entry-point.sh', {});
  await terminal.shows('(guix) mine> ');
  await terminal.enter('hi');
  await terminal.shows('\n+ echo from an alias\nfrom an alias\n');
  await terminal.enter('false');
  await terminal.shows('+ exit status 1\n');
  await terminal.enter('echo "hooked $hooked"');
  await terminal.shows(/\nhooked [34]\n/);
  expect(terminal.screen()).not.toMatch(/\+ hooked=/);
  expect(await terminal.leave()).toBe(0);
});

test('--trace=off traces no line, and failures are told all the same', async ({ world }) => {
  const terminal = await openPrompt(world, '/entry-point.sh --trace=off');
  await terminal.enter('(echo one); false');
  await terminal.shows('\none\n+ exit status 1\n');
  expect(await terminal.leave()).toBe(1);
  expect(terminal.screen()).not.toMatch(/\+ \(?echo/);
});

/** Shells without line editing of their own, and without bash there. */
test.for(['dash', 'busybox'])('without bash, %s is the prompt', async (shell, { world }) => {
  await runIn(world, ['ln', '-s', `/usr/bin/${shell}`, '/srv/sh']);
  for (const tool of ['guix', 'guix-daemon', 'head', 'sleep']) {
    await runIn(world, ['ln', '-s', `/usr/bin/${tool}`, `/srv/${tool}`]);
  }
  const terminal = await openPrompt(world, 'PATH=/srv /entry-point.sh', { TERM: 'dumb' });
  await terminal.shows('(guix) # ');
  await terminal.enter('cd /tmp; here=$PWD');
  await terminal.shows('\n+ here=/tmp\n');
  await terminal.enter('sleep 1000');
  await terminal.shows('\n+ sleep 1000\n');
  terminal.type('\x03');
  await terminal.shows(/\n\+ exit status 130\n.*# $/);
  await terminal.enter(broken);
  await terminal.shows(
    /Failed build: .*\n.*\n\+ Its log: \/tmp\/.*libfoo is missing\n\(guix\) # $/s,
  );
  await terminal.enter('(exit 6)');
  await terminal.shows('\n+ exit status 6\n');
  expect(await terminal.leave()).toBe(6);
  expectNothingSurvives(world);
});
