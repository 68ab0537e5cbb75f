import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { World } from '../../scripts/world.ts';
import { expect, findDaemon, run, runIn, start, test } from '../support/real.ts';

const names = ['SSL_CERT_DIR', 'SSL_CERT_FILE', 'GIT_SSL_CAINFO', 'CURL_CA_BUNDLE'] as const;

/** What the command finds in the variables, in the order above. */
async function print(
  world: World,
  env: Readonly<Record<string, string>> = {},
): Promise<readonly string[]> {
  const line = names.map((name) => `echo "\${${name}-unset}"`).join('; ');
  const outcome = await run(world, ['--trace=off', 'sh', '-c', line], { env });
  expect(outcome).toMatchObject({ status: 0, stderr: '' });
  return outcome.stdout.slice(0, -1).split('\n');
}

function makeCertificates(world: World, profile: string): readonly string[] {
  const directory = join(profile, 'etc/ssl/certs');
  const file = join(directory, 'ca-certificates.crt');
  mkdirSync(world.at(directory), { recursive: true });
  writeFileSync(world.at(file), '');
  return [directory, file, file, file];
}

test("the certificates are the user's profile's, else those of guix pull, else the system's", async ({
  world,
}) => {
  const system = '/etc/ssl/certs/ca-certificates.crt';
  expect(await print(world)).toEqual(['/etc/ssl/certs', system, system, system]);
  const pulled = makeCertificates(world, '/root/.config/guix/current');
  expect(await print(world)).toEqual(pulled);
  const own = makeCertificates(world, '/root/.guix-profile');
  expect(await print(world)).toEqual(own);
});

test('what is set is not touched, and the others follow it', async ({ world }) => {
  const system = '/etc/ssl/certs/ca-certificates.crt';
  expect(await print(world, { SSL_CERT_FILE: '/my.pem' })).toEqual([
    ...['/etc/ssl/certs', '/my.pem', '/my.pem', '/my.pem'],
  ]);
  expect(await print(world, { SSL_CERT_DIR: '/mine' })).toEqual([
    ...['/mine', 'unset', 'unset', 'unset'],
  ]);
  expect(await print(world, { GIT_SSL_CAINFO: '/my.pem', CURL_CA_BUNDLE: '' })).toEqual([
    ...['/etc/ssl/certs', system, '/my.pem', ''],
  ]);
});

test('what is not there is not named, and other distributions have it elsewhere', async ({
  world,
}) => {
  rmSync(world.at('/etc/ssl'), { recursive: true });
  expect(await print(world)).toEqual(names.map(() => 'unset'));
  mkdirSync(world.at('/etc/pki/tls/certs'), { recursive: true });
  symlinkSync('nowhere', world.at('/etc/pki/tls/certs/ca-bundle.crt'));
  expect(await print(world)).toEqual(['/etc/pki/tls/certs', 'unset', 'unset', 'unset']);
  const bundle = '/etc/pki/tls/certs/ca-bundle.crt';
  writeFileSync(world.at('/etc/pki/tls/certs/nowhere'), '');
  expect(await print(world)).toEqual(['/etc/pki/tls/certs', bundle, bundle, bundle]);
});

test('the daemon is told of them, too', async ({ world }) => {
  const running = start(world, ['cat']);
  await running.says('+ cat');
  const environ = await runIn(world, ['cat', `/proc/${findDaemon(world).pid}/environ`]);
  expect(environ.stdout.split('\0')).toContain('SSL_CERT_DIR=/etc/ssl/certs');
  running.child.stdin?.end();
  await running.ended;
});
