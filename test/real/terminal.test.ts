import { expect, expectNothingSurvives, listProcesses, test } from '../support/real.ts';
import { openTerminal, quote } from '../support/terminal.ts';

test('^C ends a build at a terminal, once, and everything is torn down', async ({ world }) => {
  const build = 'guix build -L /fixtures/packages -f /fixtures/packages/endless.scm';
  const terminal = openTerminal(world, `/entry-point.sh ${build}`);
  await terminal.shows('building for ever');
  terminal.type('\x03');
  await terminal.shows('Failed build');
  expect(await terminal.ended).toBe(130);
  expectNothingSurvives(world);
});

test('a command that goes on after ^C gets it once', async ({ world }) => {
  const script = `trap 'n=$((n + 1)); echo "caught $n"' INT; echo ready; while read -r line; do echo "read $line"; done; exit $((n + 40))`;
  const terminal = openTerminal(world, `/entry-point.sh bash -c ${quote(script)}`);
  // Its trace has the word, too.
  await terminal.shows('\nready\n');
  terminal.type('\x03');
  await terminal.shows('caught 1');
  terminal.type('one\r');
  await terminal.shows('read one');
  terminal.type('\x04');
  expect(await terminal.ended).toBe(41);
  expectNothingSurvives(world);
});

test('^Z stops the run at an interactive shell, and fg goes on with it', async ({ world }) => {
  const terminal = openTerminal(world, 'bash --norc -i');
  terminal.type("PS1='> '; /entry-point.sh sh -c 'echo be''gun; read -r line; echo read $line'\r");
  // Its trace has the word, too.
  await terminal.shows('\nbegun\n');
  terminal.type('\x1a');
  await terminal.shows('Stopped');
  terminal.type('fg\r');
  // What is typed while the shell hands over the terminal is lost.
  await terminal.shows('> fg\n/entry-point.sh');
  terminal.type('more\r');
  await terminal.shows('read more');
  terminal.type('exit 7\r');
  expect(await terminal.ended).toBe(7);
  expect(listProcesses(world)).toEqual([]);
  expectNothingSurvives(world);
});

test('the command has the terminal and its size', async ({ world }) => {
  const terminal = openTerminal(
    world,
    "stty rows 33 cols 77; /entry-point.sh sh -c 'tty; stty size'",
  );
  await terminal.shows('/dev/pts/');
  await terminal.shows('33 77');
  expect(await terminal.ended).toBe(0);
});
