import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readSettings } from '../../src/daemon/nix-settings.ts';
import { expect, test } from '../support/directory.ts';

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

function read(
  environment: NodeJS.ProcessEnv,
  daemonOptions: readonly string[] = [],
): Record<string, string> {
  return Object.fromEntries(readSettings({ environment, daemonOptions }));
}

test("the administrator's, then the user's, NIX_CONFIG, and options", ({ directory }) => {
  const environment = { HOME: directory, NIX_CONF_DIR: join(directory, 'etc') };
  write(
    join(directory, 'etc/nix.conf'),
    '# comment\nsandbox = relaxed # why\nkeep-going=true\ncores =  4\nbuild-users-group =\ninclude more.conf\n!include missing.conf\n',
  );
  write(join(directory, 'etc/more.conf'), 'build-use-sandbox = false\nmax-jobs = 1\n');
  expect(read(environment)).toEqual({
    sandbox: 'false',
    cores: '4',
    'build-users-group': '',
    'max-jobs': '1',
  });
  write(join(directory, '.config/nix/nix.conf'), 'cores = 5\nmax-jobs = 2\n');
  expect(read(environment)).toMatchObject({ cores: '5', 'max-jobs': '2' });
  const named = { ...environment, NIX_CONFIG: 'cores = 6\nsandbox = true' };
  expect(read(named)).toMatchObject({ cores: '6', 'max-jobs': '2', sandbox: 'true' });
  const options = ['--option', 'cores', '7', '--no-sandbox', '--max-jobs', '3'];
  expect(read(named, options)).toMatchObject({ cores: '7', sandbox: 'false' });
});

test('NIX_USER_CONF_FILES stand in for the usual files, the first one counts most', ({
  directory,
}) => {
  const [one, other] = [join(directory, 'one'), join(directory, 'other')];
  write(one, 'cores = 1\n');
  write(other, 'cores = 2\nmax-jobs = 2\n');
  write(join(directory, '.config/nix/nix.conf'), 'cores = 3\nkeep-failed = true\n');
  const environment = { HOME: directory, NIX_USER_CONF_FILES: `${one}:${other}` };
  expect(read({ ...environment, NIX_CONF_DIR: directory })).toEqual({
    cores: '1',
    'max-jobs': '2',
  });
});

test('extra-… adds to what there is, and to the default', ({ directory }) => {
  const environment = { HOME: directory, NIX_CONF_DIR: directory };
  const extra = { ...environment, NIX_CONFIG: 'extra-substituters = https://b.example' };
  expect(read(extra)).toEqual({ substituters: 'https://cache.nixos.org https://b.example' });
  write(join(directory, 'nix.conf'), 'substituters = https://a.example\n');
  expect(read(extra)).toEqual({ substituters: 'https://a.example https://b.example' });
});

test('a file that includes itself is read, and not for ever', ({ directory }) => {
  write(join(directory, 'nix.conf'), 'cores = 1\ninclude nix.conf\nmax-jobs = 1\n');
  expect(read({ HOME: directory, NIX_CONF_DIR: directory })).toEqual({
    cores: '1',
    'max-jobs': '1',
  });
});

test('switches have several words for on and off', ({ directory }) => {
  const environment = { HOME: directory, NIX_CONF_DIR: directory };
  write(join(directory, 'nix.conf'), 'sandbox = yes\nsandbox-fallback = 0\ncores = 1\n');
  expect(read(environment)).toEqual({ sandbox: 'true', 'sandbox-fallback': 'false', cores: '1' });
  const options = ['--no-require-sigs', '--keep-going', '--sandbox-fallback'];
  expect(read(environment, options)).toMatchObject({
    'require-sigs': 'false',
    'keep-going': 'true',
    'sandbox-fallback': 'true',
  });
});
