import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPulled, guix } from '../../src/daemon/guix.ts';
import { loadProfiles } from '../../src/environment/profile.ts';
import { EntryPointError } from '../../src/errors/failure.ts';
import { expect, test } from '../support/directory.ts';

/** As `build-etc/profile` of Guix 1.5 writes it. */
const generated = `# Source this file to define all the relevant environment variables in Bash
# for this profile.

export PATH="\${GUIX_PROFILE:-/gnu/store/abc-profile}/bin\${PATH:+:}$PATH"
export GUILE_LOAD_PATH="\${GUIX_PROFILE:-/gnu/store/abc-profile}/share/guile/site/3.0\${GUILE_LOAD_PATH:+:}$GUILE_LOAD_PATH"
export INFOPATH="\${GUIX_PROFILE:-/gnu/store/abc-profile}/share/info\${INFOPATH:+:}$INFOPATH"
export SSL_CERT_DIR="\${GUIX_PROFILE:-/gnu/store/abc-profile}/etc/ssl/certs"
export XDG_DATA_DIRS="\${GUIX_PROFILE:-/x}/a:\${GUIX_PROFILE:-/x}/b\${XDG_DATA_DIRS:+:}$XDG_DATA_DIRS"
`;

/** What the manual tells people to do by hand is what we must arrive at. */
function sourceByHand(
  profile: string,
  environment: Readonly<Record<string, string>>,
): Record<string, string> {
  const script = `GUIX_PROFILE=${profile}; . "$GUIX_PROFILE/etc/profile"; unset GUIX_PROFILE PWD OLDPWD SHLVL; exec /usr/bin/env -u _ -0`;
  const output = execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8', env: environment });
  return Object.fromEntries(
    output
      .split('\0')
      .filter(Boolean)
      .map((entry) => entry.split(/=(.*)/s)),
  );
}

function makeProfile(profile: string, script: string): string {
  write(join(profile, 'etc/profile'), script);
  return profile;
}

function write(file: string, text: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}

test.for([
  ['generated', generated],
  ['with an expansion that Guix does not write', `${generated}export LATE="\${PATH%%:*}"\n`],
  ['with a command', `${generated}if true; then export MORE=$(echo more); fi\n`],
] as const)('a profile that is %s gives what a shell gives', async ([, script], { directory }) => {
  const profile = makeProfile(join(directory, 'current'), script);
  for (const environment of [
    { HOME: directory, PATH: '/usr/bin:/bin' },
    {
      HOME: directory,
      PATH: '/usr/bin:/bin',
      INFOPATH: '/i',
      GUILE_LOAD_PATH: '',
      XDG_DATA_DIRS: '/usr/share',
    },
  ]) {
    expect(await load({ ...environment, GUIX_PROFILE: profile })).toEqual({
      ...sourceByHand(profile, environment),
      GUIX_PROFILE: profile,
    });
  }
});

test('a nested call adds nothing', async ({ directory }) => {
  makeProfile(join(directory, '.config/guix/current'), generated);
  makeProfile(join(directory, '.guix-profile'), generated);
  const once = await load({ HOME: directory, PATH: '/usr/bin:/bin' });
  expect(once['PATH']).toBe(
    `${directory}/.guix-profile/bin:${directory}/.config/guix/current/bin:/usr/bin:/bin`,
  );
  expect(await load(once)).toEqual(once);
});

test('directories are on their paths though the script does not say so', async ({ directory }) => {
  const profile = join(directory, '.config/guix/current');
  for (const name of ['bin', 'share/info', 'share/man'])
    mkdirSync(join(profile, name), { recursive: true });
  mkdirSync(join(directory, '.guix-profile/lib/locale'), { recursive: true });
  expect(await load({ HOME: directory, PATH: '/bin', MANPATH: '/m' })).toEqual({
    HOME: directory,
    PATH: `${profile}/bin:/bin`,
    INFOPATH: `${profile}/share/info:`,
    MANPATH: `${profile}/share/man:/m`,
    GUIX_LOCPATH: `${directory}/.guix-profile/lib/locale`,
  });
});

test('no profile changes nothing', async ({ directory }) => {
  const environment = { HOME: directory, PATH: '/bin', GUIX_PROFILE: join(directory, 'nowhere') };
  expect(await load(environment)).toEqual(environment);
});

test('GUIX_PROFILE comes before the profile of the home', async ({ directory }) => {
  mkdirSync(join(directory, '.config/guix/current'), { recursive: true });
  expect(findPulled({ HOME: directory })).toBe(join(directory, '.config/guix/current'));
  expect(findPulled({ HOME: directory, GUIX_PROFILE: '/opt/guix' })).toBe('/opt/guix');
});

test('a script that fails is an error that names it', async ({ directory }) => {
  const profile = makeProfile(
    join(directory, 'current'),
    'export A="$(no-such-command)"\nexit 3\n',
  );
  const script = join(profile, 'etc/profile');
  const failing = load({ HOME: directory, PATH: '/bin', GUIX_PROFILE: profile });
  await expect(failing).rejects.toThrow(EntryPointError);
  await expect(failing).rejects.toMatchObject({ failure: { kind: 'profile-broken', script } });
});

test('a script that prints something loses no variable', async ({ directory }) => {
  const profile = makeProfile(join(directory, 'current'), 'echo hello\nexport LATE=1\n');
  const environment = { HOME: directory, PATH: '/bin', GUIX_PROFILE: profile };
  expect(await load(environment)).toEqual({ ...environment, LATE: '1' });
});

test('a script that hangs can be called off', async ({ directory }) => {
  const profile = makeProfile(join(directory, 'current'), 'read -r line < /dev/zero\n');
  const environment = { HOME: directory, PATH: '/bin', GUIX_PROFILE: profile };
  const calledOff = new AbortController();
  const loading = loadProfiles(environment, guix.profiles, {
    signal: calledOff.signal,
    report: () => {},
  });
  calledOff.abort(new Error('enough'));
  await expect(loading).rejects.toThrow('enough');
});

function load(environment: NodeJS.ProcessEnv): ReturnType<typeof loadProfiles> {
  return loadProfiles(environment, guix.profiles, {
    signal: new AbortController().signal,
    report: () => {},
  });
}
