import { cpSync, rmSync } from 'node:fs';
import { expect, run, runIn, test } from '../support/real.ts';

const warning = /failed to install locale|glibc-locales/;
const describe = ['guix', 'describe'];

/** Each makes guix warn in a way of its own. */
const missing = [
  ['LANG', 'en_US.UTF-8'],
  ['LC_ALL', 'en_US.UTF-8'],
  ['LC_ALL', 'de_DE@euro'],
  ['LC_CTYPE', 'UTF-8'],
  ['LC_IDENTIFICATION', 'xx'],
] as const;

test.for(missing)(
  '%s=%s: guix warns without us, and not with us',
  async ([name, locale], { world }) => {
    const env = { [name]: locale };
    expect((await runIn(world, describe, { env })).stderr).toMatch(warning);
    const outcome = await run(world, ['-v', ...describe], { env });
    expect(outcome.status).toBe(0);
    expect(outcome.stderr).not.toMatch(warning);
    expect(outcome.stderr).toContain(
      `+ ${name} is C.UTF-8 instead of ${locale}: Guix has no such locale\n`,
    );
    const plain = await run(world, ['printenv', name], { env });
    expect(plain).toMatchObject({ stdout: 'C.UTF-8\n', stderr: `+ printenv ${name}\n` });
  },
);

test('a locale that is there stays, and so does what another variable overrides', async ({
  world,
}) => {
  const locales = '/usr/lib/locale';
  cpSync(world.at(`${locales}/C.utf8`), world.at(`${locales}/en_US.utf8`), { recursive: true });
  const here = { LANG: 'en_US.UTF-8', LC_TIME: 'en_US.utf8', GUIX_LOCPATH: '/nowhere' };
  const print = ['--trace=off', 'printenv', 'LANG', 'LC_TIME', 'GUIX_LOCPATH'];
  expect(await run(world, print, { env: here })).toMatchObject({
    stdout: 'en_US.UTF-8\nen_US.utf8\n/nowhere\n',
  });
  const overridden = { ...here, LANG: 'de_DE', LC_ALL: 'C' };
  expect(await run(world, print, { env: overridden })).toMatchObject({
    stdout: 'de_DE\nen_US.utf8\n/nowhere\n',
  });
});

test('where guix is not there, nothing is changed', async ({ world }) => {
  rmSync(world.at('/usr/bin/guix'));
  const env = { LANG: 'en_US.UTF-8' };
  expect(await run(world, ['--trace=off', 'printenv', 'LANG'], { env })).toMatchObject({
    stdout: 'en_US.UTF-8\n',
  });
});

test.for(['', 'C', 'POSIX', 'C.UTF-8', 'C.utf8'])(
  'with LANG=%s no guix command warns, and LANG stays',
  async (locale, { world }) => {
    const env = { LANG: locale };
    expect((await run(world, describe, { env })).stderr).toBe('+ guix describe\n');
    expect((await run(world, ['printenv', 'LANG'], { env })).stdout).toBe(`${locale}\n`);
  },
);
