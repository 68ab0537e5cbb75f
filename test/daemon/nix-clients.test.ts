import type { Client } from '../../src/daemon/kind.ts';
import { nix } from '../../src/daemon/nix.ts';
import { expect, test } from '../support/directory.ts';

const usual = '/nix/var/nix/daemon-socket/socket';

test("clients want what the daemon was told, over their user's settings", () => {
  const options = [...nix.isolation.on, ...nix.substitutes.off];
  const environment = { NIX_CONFIG: 'sandbox = false' };
  expect(nix.tellClients(environment, { socket: usual, options })).toEqual({
    NIX_REMOTE: 'daemon',
    NIX_CONFIG:
      'sandbox = false\nsandbox = true\nsandbox-fallback = false\nsubstitute = false\nsubstituters = ',
  });
});

test("somebody else's daemon was told nothing, and another socket is named", () => {
  expect(nix.tellClients({}, { socket: '/s', options: [] })).toEqual({
    NIX_REMOTE: 'daemon',
    NIX_DAEMON_SOCKET_PATH: '/s',
  });
});

test('a daemon is no client of itself, whatever the settings say', () => {
  const environment = { NIX_REMOTE: 'daemon', NIX_CONFIG: 'store = daemon' };
  expect(nix.listen('/s', environment)).toEqual({
    options: ['--daemon', '--option', 'store', 'local'],
    environment: { NIX_CONFIG: 'store = daemon', NIX_DAEMON_SOCKET_PATH: '/s' },
  });
});

test.for([
  [['nix-build', '-k'], true],
  [['nix', 'build', '--keep-going'], true],
  [['nix', 'build'], false],
  [['nix', 'develop', '-c', 'make', '-k'], false],
  [['nix', 'run', 'x', '--', '-k'], false],
  [['make'], true],
] as const)('%j keeps going: %s', ([words, wanted], { directory }) => {
  const client: Client = {
    words,
    readVariable: (name) => (name === 'HOME' || name === 'NIX_CONF_DIR' ? directory : undefined),
  };
  expect(nix.keepsGoing(client)).toBe(wanted);
});
