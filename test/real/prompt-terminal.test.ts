import { readFileSync } from 'node:fs';
import {
  expect,
  expectNothingSurvives,
  findDaemon,
  kill,
  list,
  listProcesses,
  runIn,
  test,
} from '../support/real.ts';
import { openPrompt } from '../support/terminal.ts';

test('^C cancels the line, or the command that runs, and not the session', async ({ world }) => {
  const terminal = await openPrompt(world);
  terminal.type('echo never typed to its end');
  await terminal.shows('to its end');
  terminal.type('\x03');
  // What is typed while ^C is dealt with is lost.
  await terminal.shows(/to its end\^C\n.*# $/);
  await terminal.enter('sleep 1000');
  await terminal.shows('\n+ sleep 1000\n');
  terminal.type('\x03');
  await terminal.shows(/\n\+ exit status 130\n.*# $/);
  await terminal.enter('guix build -L /fixtures/packages -f /fixtures/packages/endless.scm');
  await terminal.shows('building for ever');
  terminal.type('\x03');
  await terminal.shows(/Failed build: .*endless/);
  await terminal.shows(/\n\(guix\) .*# $/);
  terminal.type('\x03');
  await terminal.shows(/\n\(guix\) .*# \^C\n.*# $/);
  terminal.type('\x03');
  await terminal.shows(/# \^C\n.*# \^C\n.*# $/);
  await terminal.enter('echo still here');
  await terminal.shows('\nstill here\n');
  expect(terminal.screen()).not.toContain('+ echo never');
  expect(await terminal.leave()).toBe(0);
  expectNothingSurvives(world);
});

test('job control: ^Z, fg, bg, and jobs that are left', async ({ world }) => {
  const terminal = await openPrompt(world);
  await terminal.enter('sleep 1000');
  await terminal.shows('\n+ sleep 1000\n');
  terminal.type('\x1a');
  await terminal.shows('Stopped');
  await terminal.enter('bg');
  await terminal.shows(/\n\+ bg\n\[1\].*sleep 1000 &\n/);
  await terminal.enter('fg');
  await terminal.shows('\n+ fg\n');
  terminal.type('\x1a');
  await terminal.shows(/Stopped.*Stopped/s);
  await terminal.enter('exit');
  await terminal.shows('There are stopped jobs.');
  await terminal.enter('exit 5');
  expect(await terminal.ended).toBe(5);
  expectNothingSurvives(world);
});

test('a window of another size reaches the shell and what it runs', async ({ world }) => {
  const terminal = await openPrompt(world);
  await terminal.enter('tty >/job/tty; stty size');
  await terminal.shows('\n24 160\n');
  await runIn(world, ['sh', '-c', 'stty -F "$(cat /job/tty)" rows 41 cols 101']);
  await terminal.enter('stty size; echo "$LINES x $COLUMNS"');
  await terminal.shows('\n41 101\n');
  await terminal.enter('echo "$LINES x $COLUMNS"');
  await terminal.shows('\n41 x 101\n');
  expect(await terminal.leave()).toBe(0);
});

test('full-screen programs: vi, and a pager', async ({ world }) => {
  const terminal = await openPrompt(world);
  await terminal.enter('vi /job/notes');
  await terminal.shows('/job/notes" [New File]');
  terminal.type('iwritten in vi\x1b:wq\r');
  await expect.poll(() => list(world, '/job')).toContain('notes');
  expect(readFileSync(world.at('/job/notes'), 'utf8')).toBe('written in vi\n');
  await terminal.enter('less /etc/passwd');
  await terminal.shows('root:x:0:0:');
  terminal.type('q');
  await terminal.enter('echo back at the prompt');
  await terminal.shows('\nback at the prompt\n');
  expect(await terminal.leave()).toBe(0);
  expectNothingSurvives(world);
});

test('SIGTERM, as from docker stop, ends the prompt and what runs in it', async ({ world }) => {
  const terminal = await openPrompt(world);
  await terminal.enter('sleep 1000 & sleep 1001');
  await terminal.shows('\n+ sleep 1001\n');
  await kill(world, findDaemon(world).parent, 'TERM');
  expect(await terminal.ended).toBe(143);
  expectNothingSurvives(world);
});

test('a terminal that hangs up ends the prompt', async ({ world }) => {
  const terminal = await openPrompt(world);
  await terminal.enter('sleep 1000');
  await terminal.shows('\n+ sleep 1000\n');
  const script = listProcesses(world).find(({ command }) => command.startsWith('script '));
  expect(script).toBeDefined();
  await kill(world, script?.pid ?? Number.NaN, 'KILL');
  await expect.poll(() => listProcesses(world)).toEqual([]);
  expectNothingSurvives(world);
});
