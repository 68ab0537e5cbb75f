import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect, expectNothingSurvives, run, test } from '../support/real.ts';

test('the profile of a home other than /root is loaded', async ({ world }) => {
  const profile = '/home/me/.config/guix/current';
  mkdirSync(world.at(`${profile}/etc`), { recursive: true });
  mkdirSync(world.at(`${profile}/bin`));
  writeFileSync(world.at(`${profile}/bin/greet`), '#!/bin/sh\necho "$GREETING from $0"\n', {
    mode: 0o755,
  });
  writeFileSync(
    world.at(`${profile}/etc/profile`),
    'export GREETING="hello${GREETING:+ and }$GREETING"\n',
  );
  const env = { HOME: '/home/me', GREETING: 'welcome' };
  const outcome = await run(world, ['greet'], { env });
  expect(outcome).toEqual({
    status: 0,
    signal: null,
    stdout: `hello and welcome from ${profile}/bin/greet\n`,
    stderr: '+ greet\n',
  });
});

test("root's profile comes before that of the home", async ({ world }) => {
  for (const [home, word] of [
    ['/root', 'root'],
    ['/home/me', 'me'],
  ] as const) {
    mkdirSync(world.at(`${home}/.config/guix/current/etc`), { recursive: true });
    writeFileSync(world.at(`${home}/.config/guix/current/etc/profile`), `export WHOSE="${word}"\n`);
  }
  const outcome = await run(world, ['sh', '-c', 'echo $WHOSE'], { env: { HOME: '/home/me' } });
  expect(outcome.stdout).toBe('root\n');
});

test('the daemon is looked for in the profile, then where installers place it, then on PATH', async ({
  world,
}) => {
  const places = [
    '/root/.config/guix/current/bin',
    '/var/guix/profiles/per-user/root/current-guix/bin',
  ];
  for (const place of places) {
    mkdirSync(world.at(place), { recursive: true });
    symlinkSync('/usr/bin/guix-daemon', world.at(`${place}/guix-daemon`));
  }
  const started = async (env: Readonly<Record<string, string>>): Promise<string | undefined> => {
    const { stderr } = await run(world, ['-v', 'true'], { env });
    return /started as process \d+: (\S+)/.exec(stderr)?.[1];
  };
  expect(await started({})).toBe(`${places[0]}/guix-daemon`);
  expect(await started({ GUIX_PROFILE: '/nowhere' })).toBe(`${places[1]}/guix-daemon`);
  expect(await started({ GUIX_ENTRY_POINT_DAEMON_PROGRAM: '/usr/bin/guix-daemon' })).toBe(
    '/usr/bin/guix-daemon',
  );
  expectNothingSurvives(world);
});

test('a GUIX_PROFILE that is not there is told', async ({ world }) => {
  const outcome = await run(world, ['true'], { env: { GUIX_PROFILE: '/nowhere' } });
  expect(outcome).toMatchObject({
    status: 0,
    stderr: '+ GUIX_PROFILE names /nowhere, which is not there: it is left out\n+ true\n',
  });
});
