import { readFileSync } from 'node:fs';
import type { Process, World } from '../../scripts/world.ts';
import {
  expect,
  expectNothingSurvives,
  findDaemon,
  list,
  listProcesses,
  readState,
  run,
  runIn,
  start,
  startIn,
  test,
} from '../support/real.ts';
import { openTerminal, quote } from '../support/terminal.ts';

/** Ways out of the command's process group and session, and what then runs for ever. */
const escapes = [
  ['a job in the background', 'sleep 1000 &'],
  ['a session of its own', 'setsid sleep 1000 &'],
  ['a daemon, which forks twice', '(setsid sh -c "sleep 1000 & exit" &)'],
  ['a process that is stopped', 'sleep 1000 & kill -STOP $!'],
  ['a process without any descriptor', '(setsid sh -c "exec sleep 1000" <&- >&- 2>&- &)'],
  ['a tree', 'setsid sh -c "sleep 1000 & setsid sleep 1001 & wait" &'],
] as const;

test.for(escapes)('%s is ended after the command', async ([, script], { world }) => {
  const outcome = await run(world, ['bash', '-c', `${script}\nexit 3`]);
  expect(outcome).toMatchObject({ status: 3, signal: null });
  expect(outcome.stderr).toMatch(
    /\n\+ The command left processes behind \(\d+ \w+.*\): sending SIGTERM\n$/,
  );
  expectNothingSurvives(world);
});

test.for(escapes)('%s is ended at a terminal, too', async ([, script], { world }) => {
  const terminal = openTerminal(world, `/entry-point.sh bash -c ${quote(`${script}\nexit 3`)}`);
  expect(await terminal.ended).toBe(3);
  expect(terminal.screen()).toMatch(/\+ The command left processes behind \(\d+ \w+.*\)/);
  expectNothingSurvives(world);
});

test("what was our child before the run is the user's", async ({ world }) => {
  const tee = `exec > >(tee /job/log) 2>&1; exec /entry-point.sh sh -c 'echo said; exit 3'`;
  expect(await runIn(world, ['bash', '-c', tee])).toMatchObject({ status: 3 });
  await expect
    .poll(() => readFileSync(world.at('/job/log'), 'utf8'))
    .toBe("+ sh -c 'echo said; exit 3'\nsaid\n");
  const sleep = 'sleep 1000 & exec /entry-point.sh true';
  expect(await runIn(world, ['bash', '-c', `(${sleep}) >/dev/null 2>&1`])).toMatchObject({
    status: 0,
  });
  const [left, ...others] = listProcesses(world);
  expect([left?.command, others]).toEqual(['sleep 1000', []]);
});

test('what the command writes through a process that ends after it is not cut short', async ({
  world,
}) => {
  const script = `echo one > >(read -r line; sleep 0.1; echo "$line" >/job/log)`;
  expect(await run(world, ['bash', '-c', script])).toMatchObject({ status: 0 });
  expect(readFileSync(world.at('/job/log'), 'utf8')).toBe('one\n');
});

test('what takes no notice of SIGTERM gets SIGKILL', async ({ world }) => {
  const stubborn = `coproc { setsid bash -c 'trap "" TERM; echo ready; while :; do sleep 1000; done'; }; read -r line <&"\${COPROC[0]}"; exit 4`;
  const outcome = await run(world, ['bash', '-c', stubborn]);
  expect(outcome.status).toBe(4);
  expect(outcome.stderr).toMatch(
    /\n\+ Processes that the command left \([\d, ]+\) did not end within 2 s: sending SIGKILL\n$/,
  );
  expectNothingSurvives(world);
});

/** Twenty orphans that end at once, after which the command goes on. */
// Each ends when its parent, which might reap it, has ended for certain.
const orphans = `mkfifo /tmp/gate; exec 8<>/tmp/gate
for i in {1..20}; do (sh -c 'read -r line' <&8 &) ; done
printf '\\n%.0s' {1..20} >&8; echo ready >&2; read -r line`;

function countZombies(world: World): number {
  return list(world, '/proc')
    .map(Number)
    .filter(Number.isInteger)
    .filter((pid) => readState(pid, world.at('/proc')) === 'Z').length;
}

const inPidNamespace = ['unshare', '--pid', '--fork', '--mount-proc'] as const;

test.for([
  ['as process 1', [...inPidNamespace, '/entry-point.sh']],
  ['not as process 1', ['/entry-point.sh']],
] as const)('no zombie piles up %s', async ([, before], { world }) => {
  const running = startIn(world, [...before, 'bash', '-c', orphans]);
  await running.says('\nready\n');
  await expect
    .poll(() => listProcesses(world).some(({ command }) => command === 'sh -c read -r line'))
    .toBe(false);
  await expect.poll(() => countZombies(world)).toBe(0);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expectNothingSurvives(world);
});

test('twenty zombies pile up under a process 1 that does not reap', async ({ world }) => {
  const perl = ['perl', '-e', 'exit(system(@ARGV) >> 8)'];
  const running = startIn(world, [...inPidNamespace, ...perl, 'bash', '-c', orphans]);
  await running.says('ready\n');
  await expect.poll(() => countZombies(world)).toBe(20);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
});

test('orphans become our children while the command runs', async ({ world }) => {
  const script = `(setsid sleep 1000 &); echo ready >&2; read -r line`;
  const running = start(world, ['bash', '-c', script]);
  await running.says('\nready\n');
  const self = findDaemon(world).parent;
  const find = (): readonly Process[] =>
    listProcesses(world).filter(({ command }) => command === 'sleep 1000');
  await expect.poll(find).toEqual([expect.objectContaining({ parent: self })]);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expectNothingSurvives(world);
});

test('what was there before the run, or beside it, is left alone', async ({ world }) => {
  const beside = startIn(world, ['sh', '-c', 'echo ready >&2; exec sleep 1000']);
  await beside.says('ready\n');
  expect(await run(world, ['bash', '-c', 'setsid sleep 1001 & exit 2'])).toMatchObject({
    status: 2,
  });
  expect(listProcesses(world).map(({ command }) => command)).toEqual(['sleep 1000']);
  process.kill(beside.pid, 'SIGTERM');
  await beside.ended;
  expectNothingSurvives(world);
});
