import { expect, expectNothingSurvives, insist, runIn, start, test } from '../support/real.ts';
import { openTerminal, quote } from '../support/terminal.ts';

// Who asks twice means it, and SIGTERM can't be waited for without end.

const catcher = '/fixtures/programs/catch-signals';

test.for([
  ['SIGINT', 'SIGTERM'],
  ['SIGTERM', 'SIGINT'],
  ['SIGINT', 'SIGINT'],
] as const)('%s and then %s end a command that goes on', async ([first, second], { world }) => {
  const running = start(world, ['--trace=off', catcher]);
  await running.says('ready');
  process.kill(running.pid, first);
  await running.says(`\ncaught ${first}\n`);
  await insist(running, () => process.kill(running.pid, second));
  expect(await running.ended).toEqual({ status: 137, signal: null });
  expect(running.stderr()).toContain(`\n+ ${second} for the second time: sending SIGKILL`);
  expectNothingSurvives(world);
});

test('timeout(1), which signals us and then our whole group, has asked once', async ({ world }) => {
  // No process is being forked when the signal comes: such a copy of bash would run the trap, too.
  const script = `trap 'echo cleaned up; exit 9' TERM; sleep 60 & wait`;
  for (let turn = 0; turn < 5; turn++) {
    const line = ['timeout', '0.5', '/entry-point.sh', '--trace=off', 'bash', '-c', script];
    expect(await runIn(world, line)).toMatchObject({ status: 124, stdout: 'cleaned up\n' });
  }
});

test('after the grace time SIGTERM is SIGKILL', async ({ world }) => {
  const running = start(world, ['--grace=0.5', '--trace=off', catcher]);
  await running.says('ready');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 137, signal: null });
  expect(running.stderr()).toMatch(
    /\ncaught SIGTERM\n\+ The command \(\d+(, \d+)*\) did not end within 0.5 s: sending SIGKILL\n$/,
  );
  expectNothingSurvives(world);
});

test('^C twice ends a command that takes no notice', async ({ world }) => {
  const terminal = openTerminal(world, `/entry-point.sh --trace=off ${catcher}`);
  await terminal.shows('ready');
  terminal.type('\x03');
  await terminal.shows('caught SIGINT');
  await insist({ stderr: terminal.screen }, () => terminal.type('\x03'));
  expect(await terminal.ended).toBe(137);
  expectNothingSurvives(world);
});

test('^C twice is nothing special for a program that edits lines', async ({ world }) => {
  const editor = `trap 'n=$((n + 1)); echo "caught $n"' INT; while read -e -r -p 'edit> ' l; do [ "$l" ] && exit "$n"; done`;
  const terminal = openTerminal(world, `/entry-point.sh --trace=off bash -c ${quote(editor)}`);
  await terminal.shows('edit> ');
  terminal.type('\x03');
  await terminal.shows('caught 1');
  terminal.type('\x03');
  await terminal.shows('caught 2');
  terminal.type('enough\r');
  expect(await terminal.ended).toBe(2);
});
