import { writeFileSync } from 'node:fs';
import { readFailed, readLogs } from '../support/failures.ts';
import {
  daemon,
  expect,
  expectNothingSurvives,
  list,
  run,
  runIn,
  start,
  test,
} from '../support/real.ts';

// What is so for a nix-daemon and for no other.

test("root's client that works on the store by itself", async ({ world }) => {
  const words = [...daemon.build('broken')].join(' ');
  const outcome = await run(world, ['sh', '-c', `unset NIX_REMOTE; ${words}`]);
  expect(outcome.status).toBe(100);
  expect(readFailed(outcome.stderr)).toEqual(['broken-1.0']);
  expectNothingSurvives(world);
});

test('such a client of others is not ours', async ({ world }) => {
  const theirs = { name: 'theirs-1', script: 'echo theirs; exit 1' };
  const running = start(world, ['sh', '-c', 'echo begun >&2; read -r line; exit 3']);
  await running.says('\nbegun\n');
  await runIn(world, daemon.buildEach([theirs]));
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 3, signal: null });
  expect(readFailed(running.stderr())).toEqual([]);
  expectNothingSurvives(world);
});

test('a client that is ended while it works on the store by itself', async ({ world }) => {
  const words = daemon.build('endless').join(' ');
  const running = start(world, ['sh', '-c', `unset NIX_REMOTE; exec ${words}`]);
  await running.says('building for ever\n');
  process.kill(running.pid, 'SIGTERM');
  expect(await running.ended).toEqual({ status: 1, signal: null });
  expect(readLogs(world)).toEqual({ 'endless-1.0': 'building for ever\n' });
  expectNothingSurvives(world);
});

test('the daemon that a killed run has left is ended by the next one', async ({ world }) => {
  const killed = start(world, ['sh', '-c', 'echo ready >&2; read -r line']);
  await killed.says('\nready\n');
  process.kill(killed.pid, 'SIGKILL');
  await killed.ended;
  const outcome = await run(world, daemon.build('hello'));
  expect(outcome).toMatchObject({ status: 0 });
  expect(list(world, daemon.stateDirectory).filter((name) => name.startsWith('gateway-'))).toEqual(
    [],
  );
  expect(outcome.stderr).toMatch(
    /^\+ A run that was killed has left its nix-daemon \(\d+\): sending SIGTERM$/m,
  );
  expectNothingSurvives(world);
});

test.for([
  ['on', 'sandbox = false', 'the builder is process 1\n'],
  ['off', 'sandbox = true', /the builder is process (?!1\n)\d+\n/],
] as const)(
  "--chroot=%s, and the user's settings say %s",
  async ([chroot, setting, told], { world }) => {
    const words = [`--chroot=${chroot}`, ...daemon.build('where')];
    const outcome = await run(world, words, { env: { NIX_CONFIG: setting } });
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).toMatch(told);
  },
);

test.for([
  ['an option', ['--keep-going'], {}, ''],
  ['NIX_CONFIG', [], { NIX_CONFIG: 'keep-going = true' }, ''],
  ["the user's file", [], {}, 'keep-going = true\n'],
] as const)('%s keeps other builds going', async ([, options, env, settings], { world }) => {
  writeFileSync(world.at('/job/nix.conf'), settings);
  const builds = [
    { name: 'first-1', script: 'exit 1' },
    { name: 'second-1', script: 'sleep 1; exit 1' },
  ];
  const words = daemon.buildEach(builds, ['--max-jobs', '2', ...options]);
  const outcome = await run(world, words, {
    env: { ...env, NIX_USER_CONF_FILES: '/job/nix.conf' },
  });
  expect(readFailed(outcome.stderr).toSorted()).toEqual(['first-1', 'second-1']);
  expect(outcome.stderr).not.toContain('interrupted');
  expectNothingSurvives(world);
});

/** What the stdenv of Nixpkgs writes when a phase begins. */
function setPhase(name: string): string {
  return `echo 'Running phase: ${name}'; echo '@nix { "action": "setPhase", "phase": "${name}" }'`;
}

test("the phases of Nixpkgs' builds", async ({ world }) => {
  const script = `${setPhase('unpackPhase')}; echo 'tar: warning'; ${setPhase('buildPhase')}; echo 'error: no'; exit 2`;
  const outcome = await run(world, daemon.buildEach([{ name: 'phased-1', script }]));
  expect(outcome.stderr).toMatch(
    /^\+ Failed build: phased-1, in phase 'buildPhase', after \d+\.\d s$/m,
  );
  expect(outcome.stderr).toMatch(/^\+ First error, line 6: error: no$/m);
});

/** Options, and what is told before the command would have begun. */
const faults = [
  [
    'an option that the daemon does not know',
    ['--daemon-option=--nonsense'],
    /: it ended at once \(exit status 1\)\.\n\+ It said:\n\+ {3}error: unrecognised flag '--nonsense'\n/,
  ],
  [
    'a daemon that can make no socket and dies',
    ['--daemon-socket=/sys/socket'],
    /: it ended at once \(exit status 1\)\.\n\+ It said:\n\+ {3}error: cannot bind to socket (at )?'\/sys\/socket': Operation not permitted\n/,
  ],
] as const;

test.for(faults)('%s', async ([, words, told], { world }) => {
  const outcome = await run(world, [...words, 'touch', '/job/ran']);
  expect(outcome).toMatchObject({ status: 69, stdout: '' });
  expect(outcome.stderr).toMatch(told);
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});
