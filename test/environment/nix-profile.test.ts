import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProfileRules } from '../../src/daemon/kind.ts';
import { nix } from '../../src/daemon/nix.ts';
import { nameCertificates } from '../../src/environment/certificates.ts';
import { loadProfiles } from '../../src/environment/profile.ts';
import { expect, test } from '../support/directory.ts';

/** The installer's `nix-daemon.sh`, as far as it matters here: it needs a shell, and is read once. */
const script = `if [ -n "\${__ETC_PROFILE_NIX_SOURCED:-}" ]; then return; fi
__ETC_PROFILE_NIX_SOURCED=1
export NIX_PROFILES="$DEFAULT $HOME/.nix-profile"
export XDG_DATA_DIRS="$HOME/.nix-profile/share:\${XDG_DATA_DIRS:-/usr/share}"
export PATH="$HOME/.nix-profile/bin:$DEFAULT/bin:$PATH"
`;

/** The rules of Nix with another default profile. */
function rulesIn(directory: string): ProfileRules & { readonly all: string } {
  const all = join(directory, 'default');
  const list = (environment: NodeJS.ProcessEnv): readonly string[] =>
    nix.profiles.list(environment).map((profile) => (profile.startsWith('/nix/') ? all : profile));
  return { ...nix.profiles, list, all };
}

function load(
  environment: NodeJS.ProcessEnv,
  rules: ProfileRules,
): ReturnType<typeof loadProfiles> {
  const signal = new AbortController().signal;
  return loadProfiles(environment, rules, { signal, report: () => {} });
}

test("the profiles are the user's own and the default one", () => {
  expect(nix.profiles.list({ HOME: '/home/me' })).toEqual([
    '/home/me/.nix-profile',
    '/nix/var/nix/profiles/default',
  ]);
});

test('where the installer has left a script, it is read', async ({ directory }) => {
  const { all, ...rules } = rulesIn(directory);
  mkdirSync(join(all, 'etc/profile.d'), { recursive: true });
  mkdirSync(join(all, 'bin'));
  writeFileSync(join(all, 'etc/profile.d/nix-daemon.sh'), script);
  const environment = { HOME: directory, PATH: '/usr/bin:/bin', DEFAULT: all };
  const loaded = await load(environment, rules);
  expect(loaded).toEqual({
    ...environment,
    PATH: `${directory}/.nix-profile/bin:${all}/bin:/usr/bin:/bin`,
    NIX_PROFILES: `${all} ${directory}/.nix-profile`,
    XDG_DATA_DIRS: `${directory}/.nix-profile/share:/usr/share`,
  });
});

test('where there is none, profiles are on their paths all the same', async ({ directory }) => {
  const { all, ...rules } = rulesIn(directory);
  for (const profile of [all, join(directory, '.nix-profile')]) {
    for (const part of ['bin', 'share/man']) mkdirSync(join(profile, part), { recursive: true });
  }
  const environment = { HOME: directory, PATH: '/bin' };
  const loaded = await load(environment, rules);
  expect(loaded).toEqual({
    HOME: directory,
    PATH: `${directory}/.nix-profile/bin:${all}/bin:/bin`,
    MANPATH: `${directory}/.nix-profile/share/man:${all}/share/man:`,
  });
  expect(await load(loaded, rules)).toEqual(loaded);
});

test('certificates are told to Nix, too', ({ directory }) => {
  const { all, ...rules } = rulesIn(directory);
  const bundle = join(all, 'etc/ssl/certs/ca-bundle.crt');
  mkdirSync(join(all, 'etc/ssl/certs'), { recursive: true });
  writeFileSync(bundle, '');
  const named = nameCertificates({ HOME: directory }, rules);
  expect(named).toMatchObject({ NIX_SSL_CERT_FILE: bundle, SSL_CERT_FILE: bundle });
  const given = { HOME: directory, NIX_SSL_CERT_FILE: '/mine' };
  expect(nameCertificates(given, rules)).toMatchObject({ NIX_SSL_CERT_FILE: '/mine' });
});
