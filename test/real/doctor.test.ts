// The doctor as a word: what is chosen, how it is told, how it ends.
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import {
  asUser,
  examineAlone as examine,
  expectNothingOfOurs,
  prepare,
} from '../support/doctor.ts';
import { daemon, expect, expectNothingSurvives, run, runIn, start, test } from '../support/real.ts';
import { openTerminal } from '../support/terminal.ts';

const { buildGroup, stateDirectory, logDirectory } = daemon;
const { store } = daemon.kind;
const isKnown = `${stateDirectory} is writable: root:root 755`;

// The first session of all makes what isn't there yet.
test.beforeEach(({ world }) => prepare(world, '/entry-point.sh true'));

test('a machine on which all is well', async ({ world }) => {
  const { status, stdout, stderr } = await run(world, ['doctor', 'store', 'self-test']);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.replaceAll(/\d+ ms/g, 'N ms')).toBe(`\
✓ store      ${store} is writable: root:${buildGroup} 1775
✓ store      ${isKnown}
✓ self-test  a build with a sandbox works, in N ms
✓ self-test  a build without a sandbox works, in N ms
`);
  expectNothingOfOurs(world);
  expectNothingSurvives(world);
});

/** What this daemon doesn't have; of a sandbox that is switched off there is nothing to say. */
const notLookedAt = {
  guix: ['settings'],
  'nix-bookworm': ['namespaces', 'proc', 'tunnel', 'channel', 'locale', 'keys'],
  'nix-sid': ['tunnel', 'channel', 'locale', 'keys'],
}[daemon.installed];

test('all checks, each with something to say', async ({ world }) => {
  const { stdout } = await run(world, ['doctor', '--help']);
  const [, listed = ''] = /^CHECK is one of\n((?: {2}\S.*\n)*)/m.exec(stdout) ?? [];
  const names = listed.split('\n').map((line) => line.trim().split(' ')[0]);
  const { findings } = await examine(world, ['--substitute-urls=http://127.0.0.1:3']);
  const known = names.filter((name) => Boolean(name) && !notLookedAt.includes(name ?? ''));
  expect([...new Set(findings.map(({ check }) => check))]).toEqual(known);
});

test.for([
  ['stor', "Did you mean 'store'? "],
  ['everything', ''],
] as const)('a check %s that there is not', async ([name, guess], { world }) => {
  const { status, stdout, stderr } = await run(world, ['doctor', 'store', name]);
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
  expect(stderr).toContain(`+ guix-entry-point: The doctor has no check '${name}'.\n`);
  expect(stderr).toContain(`\n+ Hint: ${guess}'guix-entry-point doctor --help' says`);
});

test('a table at a terminal, with colours', async ({ world }) => {
  await prepare(world, `chmod 755 ${store}`);
  const line = 'stty cols 60; /entry-point.sh doctor store build-users';
  const terminal = openTerminal(world, line, { TERM: 'xterm' });
  expect(await terminal.ended).toBe(0);
  const screen = terminal.screen().replaceAll(/\+ Examining: \S+ …/g, '');
  // Where lines are broken goes by how long the names are.
  const lines = screen.split('\n');
  expect(
    Math.max(...lines.filter((one) => !/chown|--fix/.test(one)).map(({ length }) => length)),
  ).toBeLessThanOrEqual(60);
  expect(screen.replaceAll(/\n {15}(?! )/g, ' ')).toMatch(`\
✓ build-users  builds run as ${daemon.kind.name === 'guix' ? 4 : 10} users of ${buildGroup}
! store        ${store} is root:${buildGroup} 755, and a daemon with build users needs root:${buildGroup} 1775 The daemon sets that when it starts. To have it now:
                 chown root:${buildGroup} ${store} && chmod 1775 ${store}
✓ store        ${isKnown}

2 fine, 1 odd, 0 broken
'guix-entry-point doctor --fix' does what is safe, for 1 of them.
`);
});

test.for([
  [{ TERM: 'xterm' }, true],
  [{ TERM: 'xterm', NO_COLOR: '1' }, false],
  [{ TERM: 'dumb' }, false],
] as const)('%j: colours are %s', async ([env, isColored], { world }) => {
  const line = ['script', '-qec', '/entry-point.sh doctor store', '/tmp/typescript'];
  expect(await runIn(world, line, { env })).toMatchObject({ status: 0 });
  const typed = readFileSync(world.at('/tmp/typescript'), 'utf8');
  expect(typed).toContain('✓ store');
  expect(typed.includes('\x1b[32m')).toBe(isColored);
});

test('who reads no further ends it', async ({ world }) => {
  const line = '/entry-point.sh doctor | head -n 1';
  const { status, stdout, stderr } = await run(world, ['--trace=off', 'sh', '-c', line]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout.split('\n')).toHaveLength(2);
  expectNothingSurvives(world);
});

test.for([
  ['SIGTERM', 143],
  ['SIGINT', 130],
] as const)('%s ends it, with the daemon of the self-test', async ([signal, status], { world }) => {
  const program = '--daemon-program=/fixtures/programs/silent-daemon';
  const running = start(world, ['-v', 'doctor', 'self-test', program]);
  await running.says('listening and saying nothing');
  process.kill(running.pid, signal);
  expect(await running.ended).toEqual({ status, signal: null });
  expectNothingSurvives(world);
});

const isHidden = 'parts of /proc are hidden (/proc/interrupts)';
const withoutSandbox = {
  guix: { words: 'clone: Operation not permitted', reason: 'root has no CAP_SYS_ADMIN' },
  'nix-bookworm': { words: 'error: mounting /proc: Operation not permitted', reason: isHidden },
  'nix-sid': {
    words: 'error: this system does not support the kernel namespaces',
    reason: isHidden,
  },
}[daemon.installed];

test('without a sandbox it works in part, unless one is demanded', async ({ world }) => {
  const hide =
    'mount --bind /dev/null /proc/interrupts; exec setpriv --bounding-set=-sys_admin "$@"';
  const by = ['unshare', '--mount', 'sh', '-ec', hide, 'sh'];
  const { status, findings } = await examine(world, ['self-test'], { by });
  expect(status).toBe(0);
  const { words, reason } = withoutSandbox;
  expect(findings).toMatchObject([
    {
      state: 'odd',
      text: expect.stringContaining(`a build with a sandbox fails: ${words}`),
      meaning: expect.stringContaining(reason),
    },
    { state: 'fine' },
  ]);
  const demanded = await examine(world, ['self-test', '--chroot=on'], { by });
  expect(demanded.status).toBe(1);
  expect(demanded.findings).toMatchObject([{ state: 'broken' }, { state: 'fine' }]);
});

const full = 'No space left on device';
/** Nix 2.34 minds nothing of a log that it could not write. */
const saysOfLogs = {
  guix: 'cannot close compressed log file',
  'nix-bookworm': full,
  'nix-sid': undefined,
}[daemon.installed];

test.for(
  [
    { name: 'a store', directory: store, words: full },
    { name: 'logs', directory: logDirectory, words: saysOfLogs },
  ].filter(({ words }) => words !== undefined),
)('$name without room is what the self-test says', async ({ directory, words }, { world }) => {
  const mount = `mkdir --parents ${directory}; mount -t tmpfs -o size=16k none ${directory}`;
  const own = `chgrp ${buildGroup} ${store}; chmod 1775 ${store}`;
  await prepare(
    world,
    `${mount}; ${own}; dd if=/dev/zero of=${directory}/full 2>/dev/null || true`,
  );
  const { status, findings } = await examine(world, ['self-test']);
  expect(status).toBe(1);
  expect(findings[0]).toMatchObject({
    state: 'broken',
    text: expect.stringContaining(words ?? ''),
    command: expect.any(String),
  });
});

test('where no build works, both ways are broken', async ({ world }) => {
  const by = ['setpriv', '--bounding-set=-setuid'];
  const { status, findings } = await examine(world, ['self-test'], { by });
  expect(status).toBe(1);
  expect(findings).toMatchObject([{ state: 'broken' }, { state: 'broken' }]);
});

test('--fix changes nothing where there is nothing that is safe to do', async ({ world }) => {
  await prepare(
    world,
    `rm -rf ${logDirectory}; mkdir --parents ${dirname(logDirectory)}; echo mine >${logDirectory}`,
  );
  const { status, findings } = await examine(world, ['logs', '--fix']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: expect.stringContaining('is no directory'), fixed: null },
  ]);
  expect(readFileSync(world.at(logDirectory), 'utf8')).toBe('mine\n');
});

test('an ordinary user is told what there is to see', async ({ world }) => {
  const words = ['--substitute-urls=http://127.0.0.1:3'];
  const { status, findings } = await examine(world, words, { by: asUser });
  expect(status).toBe(1);
  expect(findings.map(({ check }) => check)).toEqual(
    expect.arrayContaining(['store', 'socket', 'profile', 'self-test']),
  );
});
