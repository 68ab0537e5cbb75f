import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { chooseDaemon } from '../../src/daemon/choose.ts';
import { EntryPointError } from '../../src/errors/failure.ts';
import { parseRequest } from '../../src/options/parse.ts';
import { expect, test } from '../support/directory.ts';

/** What is chosen for a command line, on a machine that has these daemons and nothing else. */
function choose(
  words: readonly string[],
  environment: NodeJS.ProcessEnv,
): { readonly kind: string; readonly socket: string } {
  const request = parseRequest(words, environment);
  if (request.word !== 'run') throw new Error('this is no run');
  const { kind, socket } = chooseDaemon(request.options, environment, request.task);
  return { kind: kind.name, socket };
}

function install(directory: string, programs: readonly string[]): NodeJS.ProcessEnv {
  for (const program of programs) {
    const file = join(directory, 'bin', program);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, '');
    chmodSync(file, 0o755);
  }
  return { HOME: directory, PATH: join(directory, 'bin'), GUIX_PROFILE: join(directory, 'none') };
}

const both = ['guix-daemon', 'nix-daemon'];

test.for([
  [both, ['guix', 'pull'], 'guix'],
  [both, ['nix-build'], 'nix'],
  [both, ['/opt/bin/nix', 'build'], 'nix'],
  [both, ['nixos-rebuild', 'build'], 'nix'],
  [both, ['make'], 'guix'],
  [both, ['-c', 'nix build'], 'guix'],
  [both, ['--daemon=nix', 'make'], 'nix'],
  [both, ['--daemon=guix', 'nix-build'], 'guix'],
  [both, ['--daemon-program=/opt/nix-daemon', 'make'], 'nix'],
  [['nix-daemon'], ['make'], 'nix'],
  [['nix-daemon'], [], 'nix'],
  [['nix-daemon'], ['guix', 'pull'], 'guix'],
  [['guix-daemon'], ['nix-build'], 'guix'],
  [[], ['make'], 'guix'],
] as const)(
  'with %j installed, %j has the daemon of %s',
  ([there, words, wanted], { directory }) => {
    expect(choose(words, install(directory, there)).kind).toBe(wanted);
  },
);

test.for([
  [['--daemon-socket=guix://host', 'make'], {}, 'guix'],
  [['--daemon-socket=/var/guix/daemon-socket/socket', 'make'], {}, 'guix'],
  [['make'], { GUIX_DAEMON_SOCKET: '/run/guix' }, 'guix'],
  [['nix-build'], { GUIX_DAEMON_SOCKET: '/run/guix' }, 'nix'],
  [['--daemon-socket=/run/daemon', 'make'], {}, 'nix'],
] as const)('with Nix alone, %j and %j mean %s', ([words, variables, wanted], { directory }) => {
  const environment = { ...install(directory, ['nix-daemon']), ...variables };
  expect(choose(words, environment).kind).toBe(wanted);
});

test('a daemon in a profile that is not loaded yet is installed', ({ directory }) => {
  const environment = install(directory, ['nix-daemon']);
  install(join(directory, '.guix-profile'), ['guix-daemon']);
  expect(choose(['make'], environment).kind).toBe('guix');
});

test.for([
  [{}, '/nix/var/nix/daemon-socket/socket'],
  [{ NIX_REMOTE: 'daemon' }, '/nix/var/nix/daemon-socket/socket'],
  [{ NIX_REMOTE: 'auto', NIX_DAEMON_SOCKET_PATH: '/s' }, '/s'],
  [{ NIX_REMOTE: 'unix:///run/nix' }, '/run/nix'],
  [{ NIX_REMOTE: 'unix://' }, '/nix/var/nix/daemon-socket/socket'],
  [{ NIX_REMOTE: 'unix:///s?root=/x' }, 'unix:///s?root=/x'],
  [{ NIX_CONFIG: 'store = ssh-ng://host', NIX_REMOTE: 'daemon' }, 'ssh-ng://host'],
  [{ NIX_CONFIG: 'store = daemon' }, '/nix/var/nix/daemon-socket/socket'],
  [{ NIX_REMOTE: 'ssh-ng://host' }, 'ssh-ng://host'],
  [{ NIX_STATE_DIR: '/state' }, '/state/daemon-socket/socket'],
  [{ GUIX_DAEMON_SOCKET: '/guix' }, '/nix/var/nix/daemon-socket/socket'],
] as const)("Nix's clients with %j look at %s", ([variables, wanted]) => {
  expect(choose(['--daemon=nix', 'x'], variables).socket).toBe(wanted);
});

test.for([
  [{}, '/var/guix/daemon-socket/socket'],
  [{ GUIX_DAEMON_SOCKET: 'file:///run/s' }, '/run/s'],
  [{ GUIX_DAEMON_SOCKET: 'guix://host:1' }, 'guix://host:1'],
  [{ NIX_REMOTE: 'unix:///nix' }, '/var/guix/daemon-socket/socket'],
  [{ GUIX_DAEMON_SOCKET: 'ssh://host' }, 'ssh://host'],
] as const)("Guix's clients with %j look at %s", ([variables, wanted]) => {
  expect(choose(['--daemon=guix', 'x'], variables).socket).toBe(wanted);
});

test('an option says where the daemon is, whatever the variables say', () => {
  const variables = { GUIX_DAEMON_SOCKET: 'nonsense', NIX_DAEMON_SOCKET_PATH: 'nonsense' };
  for (const kind of ['guix', 'nix']) {
    const words = [`--daemon=${kind}`, '--daemon-socket=/run/s', 'x'];
    expect(choose(words, variables).socket).toBe('/run/s');
  }
});

test.for([
  ['guix', 'GUIX_DAEMON_SOCKET', 'relative'],
  ['nix', 'NIX_DAEMON_SOCKET_PATH', 'relative'],
  ['nix', 'NIX_REMOTE', 'guix://host'],
  ['guix', 'GUIX_DAEMON_SOCKET', 'ssh-ng://host'],
] as const)('%s: a bad %s is named', ([kind, variable, value]) => {
  try {
    choose([`--daemon=${kind}`, 'x'], { [variable]: value });
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(EntryPointError);
    expect(error).toMatchObject({ failure: { kind: 'bad-value', option: variable, value } });
  }
});
