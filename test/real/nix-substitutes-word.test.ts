// The word `substitutes` where Nix is: its servers are measured, and its keys are settings.
import { readFileSync, writeFileSync } from 'node:fs';
import { run, runIn } from '../support/real.ts';
import { expect, nixBuild, test } from '../support/nix-substitutes.ts';

test('the servers of its settings, and whether their keys are trusted', async ({ caches }) => {
  const { world, real, stranger } = caches;
  // An item of the store that the servers have, too.
  const kept = await runIn(world, [
    ...nixBuild(caches.item.kilobytes),
    '--option',
    'sandbox',
    'false',
    '--option',
    'substituters',
    real,
  ]);
  expect(kept).toMatchObject({ status: 0, stdout: `${caches.item.path}\n` });
  const file = world.at('/etc/nix/nix.conf');
  const settings = readFileSync(file, 'utf8');
  writeFileSync(
    file,
    `${settings}substituters = ${real} file:///srv/real ${stranger} http://127.0.0.1:1\n`,
  );
  const { status, stdout, stderr } = await run(world, ['substitutes']);
  expect(status).toBe(0);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
  expect(
    lines.map(([url, answers, , , authorized, key]) => [url, answers, authorized, key]),
  ).toEqual([
    [real, 'yes', 'yes', 'cache.test-1'],
    [stranger, 'yes', 'no', 'stranger.test-1'],
    ['http://127.0.0.1:1', 'no', '-', '-'],
  ]);
  expect(stderr).toBe(
    `+ Substitutes of ${stranger} are not used: this machine does not trust their key. If you do: add it to /etc/nix/nix.conf, 'extra-trusted-public-keys = stranger.test-1:…'\n`,
  );
  writeFileSync(file, settings);
  await runIn(world, ['nix-store', '--delete', caches.item.path]);
});

test('authorize: what to type instead', async ({ caches }) => {
  const outcome = await run(caches.world, ['substitutes', 'authorize']);
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr).toContain('Cannot authorize keys for Nix: they are a setting of its own.');
  expect(outcome.stderr).toContain("'extra-trusted-public-keys = NAME:BASE64'");
  expect(await run(caches.world, ['substitutes', '--daemon=guix', 'authorize'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining('Cannot find guix'),
  });
});
