import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect, inject, test as base } from 'vitest';
import type { Outcome } from '../../scripts/machine.ts';
import { openWorld, type World } from '../../scripts/world.ts';
import { list, listProcesses, run, runIn, startIn } from './real.ts';

export { expect } from 'vitest';

/** A world with binary caches, those that stand in front of them and have faults, and an item that they have. */
export type Caches = {
  readonly world: World;
  /** Of a key that is trusted. */
  readonly real: string;
  /** The same items under another key, which isn't. */
  readonly stranger: string;
  /** A server with the fault of that name (test/fixtures/programs/substitute-server). */
  readonly faulty: (fault: string) => string;
  /** One that swallows whoever wants to connect. */
  readonly blackHole: string;
  /** Starts a program that says when it is ready. */
  readonly serve: (command: readonly string[]) => Promise<{ readonly end: () => void }>;
  readonly item: Item;
};

/** An item that servers have, and this store hasn't. */
export type Item = {
  readonly path: string;
  readonly kilobytes: number;
  /** The SHA-256 of what it holds, which only its first build knows. */
  readonly content: string;
};

/** A test whose file shares one such world. */
export const test = base.extend<{ caches: Caches }>({
  caches: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      const binds = [[process.execPath, '/usr/local/bin/node']] as const;
      await using world = await openWorld(binds, inject('installed'));
      await use(await openCaches(world));
    },
    { scope: 'file' },
  ],
});

/** Beside Nix's list of its own, which can't be reached from here. */
const settings = `extra-trusted-public-keys = $(cat /srv/key.pub)
trusted-users = root friend`;

async function openCaches(world: World): Promise<Caches> {
  await shell(
    world,
    `mkdir /srv/real /srv/stranger
     nix-store --generate-binary-cache-key cache.test-1 /srv/key /srv/key.pub
     nix-store --generate-binary-cache-key stranger.test-1 /srv/strange-key /srv/strange-key.pub
     echo "${settings}" >>/etc/nix/nix.conf
     for user in friend guest; do useradd --create-home $user; usermod -aG nix-users $user || true; done`,
  );
  const item = await publishItem(world, 40);
  async function serve(command: readonly string[]): Promise<{ readonly end: () => void }> {
    const running = startIn(world, command, { cwd: '/' });
    await expect.poll(running.stdout).toContain('ready');
    return { end: () => void process.kill(running.pid, 'SIGTERM') };
  }
  await serve(['/fixtures/programs/binary-cache', '8181', '/srv/real']);
  await serve(['/fixtures/programs/binary-cache', '8182', '/srv/stranger']);
  await serve(['/fixtures/programs/substitute-server', '9000', '8181']);
  await serve(['/fixtures/programs/black-hole', '9009']);
  return {
    world,
    real: 'http://127.0.0.1:8181',
    stranger: 'http://127.0.0.1:8182',
    faulty: (fault) => `http://127.0.0.1:9000/${fault}`,
    blackHole: 'http://127.0.0.1:9009',
    serve,
    item,
  };
}

/** Runs a line of shell that has to succeed, and returns what it prints. */
export async function shell(world: World, line: string): Promise<string> {
  const outcome = await runIn(world, ['sh', '-ec', line]);
  expect(outcome).toMatchObject({ status: 0 });
  return outcome.stdout;
}

/** What has an item of so many kilobytes built, or fetched. */
export function nixBuild(kilobytes: number): readonly string[] {
  const size = ['--argstr', 'kilobytes', String(kilobytes)];
  return ['nix-build', '--no-out-link', '/fixtures/nix/substitutable.nix', ...size];
}

/** Builds an item, has it in both caches, and takes it out of the store. */
export async function publishItem(world: World, kilobytes: number): Promise<Item> {
  const words = [...nixBuild(kilobytes), '--option', 'sandbox', 'false', '--option', 'substitute'];
  const path = (await shell(world, `${words.join(' ')} false`)).trim();
  const copy = 'nix --extra-experimental-features nix-command copy --to';
  await shell(world, `${copy} 'file:///srv/real?secret-key=/srv/key' ${path}`);
  await shell(world, `${copy} 'file:///srv/stranger?secret-key=/srv/strange-key' ${path}`);
  const content = readContent(world, path);
  await forget(world, path);
  return { path, kilobytes, content };
}

async function forget(world: World, path: string): Promise<void> {
  await shell(world, `nix-store --delete ${path} && rm -rf /root/.cache /home/*/.cache`);
}

export type Fetched = Outcome & { readonly came: 'substituted' | 'built' | 'not at all' };

/** Has an item built in a run with these options, as a user; it isn't in the store afterwards. */
export async function fetchItem(
  { world, item }: Caches,
  words: readonly string[],
  { user = 'root', more = [] }: { readonly user?: string; readonly more?: readonly string[] } = {},
): Promise<Fetched> {
  const command = [...become(user), ...nixBuild(item.kilobytes), ...more];
  const outcome = await run(world, [...words, ...command]);
  expectNothingLeft(world);
  const valid = await runIn(world, ['nix-store', '--check-validity', item.path]);
  if (valid.status !== 0) return { ...outcome, came: 'not at all' };
  const isSame = readContent(world, item.path) === item.content;
  await forget(world, item.path);
  expect(outcome.stderr.includes('built here')).toBe(!isSame);
  return { ...outcome, came: isSame ? 'substituted' : 'built' };
}

function become(user: string): readonly string[] {
  if (user === 'root') return [];
  return [
    ...['setpriv', `--reuid=${user}`, `--regid=${user}`, '--init-groups'],
    ...['env', `HOME=/home/${user}`],
  ];
}

function readContent(world: World, path: string): string {
  return createHash('sha256')
    .update(readFileSync(world.at(path)))
    .digest('hex');
}

/** Proves that of a run nothing is there any more, while the caches go on. */
export function expectNothingLeft(world: World): void {
  const ours = /entry-point|nix-daemon|nix-build/;
  const processes = listProcesses(world).filter(({ command }) => ours.test(command));
  expect(processes).toEqual([]);
  expect(list(world, '/nix/var/nix').filter((name) => name.startsWith('gateway'))).toEqual([]);
  expect(list(world, '/nix/var/nix/daemon-socket')).toEqual([]);
}
