import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test as base, expect } from 'vitest';
import type { Outcome } from '../../scripts/machine.ts';
import { openWorld, type World } from '../../scripts/world.ts';
import { list, listProcesses, run, runIn, startIn } from './real.ts';

export { expect } from 'vitest';

/** A world with real substitute servers, and those that stand in front of them and have faults. */
export type Publisher = {
  readonly world: World;
  /** `guix publish`, with nars in all compressions. */
  readonly real: string;
  /** The same under another key, which isn't authorized. */
  readonly stranger: string;
  /** A server with the fault of that name (test/fixtures/programs/substitute-server). */
  readonly faulty: (fault: string) => string;
  /** One that swallows whoever wants to connect. */
  readonly blackHole: string;
  /** Starts a program that says when it is ready. */
  readonly serve: (command: readonly string[]) => Promise<Server>;
};

type Server = {
  /** What it has written to stdout. */
  readonly said: () => string;
  readonly end: () => void;
};

/** An item that servers have, and this store hasn't. */
export type Item = {
  readonly path: string;
  readonly hash: string;
  /** The SHA-256 of what it holds, which only its first build knows. */
  readonly content: string;
  readonly env: Readonly<Record<string, string>>;
};

/** A test whose file shares one such world; runs that it starts are gone before the next test. */
export const test = base.extend<{ publisher: Publisher; item: Item }>({
  publisher: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using world = await openWorld([[process.execPath, '/usr/local/bin/node']]);
      await use(await openPublisher(world));
    },
    { scope: 'file' },
  ],
  // Built once: the next build of the same would hold something else than what was published.
  item: [async ({ publisher }, use) => use(await publishItem(publisher, 40)), { scope: 'file' }],
});

/** The publishers' own daemon, which runs all the time. */
const publishing = { GUIX_DAEMON_SOCKET: '/srv/daemon' };
const strange = { GUIX_CONFIGURATION_DIRECTORY: '/srv/stranger' };

const compressions = ['gzip', 'lzip', 'zstd'].map((name) => `--compression=${name}`);

async function openPublisher(world: World): Promise<Publisher> {
  await shell(
    world,
    'guix archive --generate-key && guix archive --authorize </etc/guix/signing-key.pub',
  );
  await shell(world, 'guix archive --generate-key', strange);
  await shell(world, 'mkdir --mode=777 /srv/cache /srv/strange-cache');
  const daemon = ['guix-daemon', '--build-users-group=guixbuild', '--no-substitutes'];
  world.start([...daemon, '--listen=/srv/daemon'], { stdio: 'ignore' });
  await expect.poll(() => list(world, '/srv')).toContain('daemon');
  async function serve(command: readonly string[]): Promise<Server> {
    const running = startIn(world, command, { env: publishing, cwd: '/' });
    await expect.poll(() => running.stdout() + running.stderr()).toMatch(/ready|publishing \//);
    return { said: running.stdout, end: () => void process.kill(running.pid, 'SIGTERM') };
  }
  await serve(publish(8181, ['--cache=/srv/cache', ...compressions]));
  const keys = [
    'public-key=/srv/stranger/signing-key.pub',
    'private-key=/srv/stranger/signing-key.sec',
  ];
  await serve(publish(8182, ['--cache=/srv/strange-cache', ...keys.map((key) => `--${key}`)]));
  await serve(['/fixtures/programs/substitute-server', '9000', '8181']);
  await serve(['/fixtures/programs/black-hole', '9009']);
  return {
    world,
    real: 'http://127.0.0.1:8181',
    stranger: 'http://127.0.0.1:8182',
    faulty: (fault) => `http://127.0.0.1:9000/${fault}`,
    blackHole: 'http://127.0.0.1:9009',
    serve,
  };
}

function publish(port: number, options: readonly string[]): readonly string[] {
  return ['guix', 'publish', '--listen=127.0.0.1', `--port=${port}`, ...options];
}

/** Runs a line of shell that has to succeed, and returns what it prints. */
export async function shell(
  world: World,
  line: string,
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  const outcome = await runIn(world, ['sh', '-c', line], { env });
  expect(outcome).toMatchObject({ status: 0 });
  return outcome.stdout;
}

/** What has the item built, or fetched. */
export const build: readonly string[] = [
  ...['guix', 'build', '-L', '/fixtures/packages'],
  ...['-f', '/fixtures/packages/substitutable.scm'],
];

/** Builds an item of so many kilobytes, has it published, and takes it out of the store. */
export async function publishItem(publisher: Publisher, kilobytes: number): Promise<Item> {
  const item = await publishAndKeep(publisher, kilobytes);
  await forget(publisher, item);
  return item;
}

/** Builds an item of so many kilobytes, and has it published. */
export async function publishAndKeep(publisher: Publisher, kilobytes: number): Promise<Item> {
  const { world, real, stranger } = publisher;
  const env = { ITEM_SIZE: String(kilobytes) };
  const path = (await shell(world, build.join(' '), { ...publishing, ...env })).trim();
  const hash = path.slice('/gnu/store/'.length, '/gnu/store/'.length + 32);
  for (const url of [real, stranger]) {
    // The first question has it packed; until then it isn't there.
    await expect.poll(() => get(world, `${url}/${hash}.narinfo`)).toMatch(/^FileSize/m);
  }
  return { path, hash, content: readContent(world, path), env };
}

/** Takes an item out of the store, with what Guix remembers of servers. */
export async function forget({ world }: Publisher, { path }: Item): Promise<void> {
  await shell(world, `guix gc -D ${path} && rm -rf /var/guix/substitute/cache`, publishing);
}

/** Builds an item in a run with these options, and takes it out of the store again. */
export async function fetchItem(
  publisher: Publisher,
  item: Item,
  words: readonly string[],
): Promise<Outcome & { readonly came: 'substituted' | 'built' | 'not at all' | 'tampered' }> {
  const { world } = publisher;
  const outcome = await run(world, [...words, ...build], { env: item.env });
  expectNothingLeft(world);
  // What the daemon asks by itself goes by a server's own URL, and is good for the next run, too.
  if (!words.includes('--substitutes=direct')) expect(listRemembered(world)).toEqual([]);
  if (!(await isValid(world, item))) return { ...outcome, came: 'not at all' };
  const isSame = readContent(world, item.path) === item.content;
  await forget(publisher, item);
  const isBuilt = outcome.stderr.includes('built here');
  return { ...outcome, came: isBuilt ? 'built' : isSame ? 'substituted' : 'tampered' };
}

/** Whether the store knows an item; what a failed substitution leaves on disk doesn't count. */
async function isValid(world: World, { path }: Item): Promise<boolean> {
  const words = ['guix', 'gc', '--references', path];
  return (await runIn(world, words, { env: publishing })).status === 0;
}

function readContent(world: World, path: string): string {
  return createHash('sha256')
    .update(readFileSync(world.at(path)))
    .digest('hex');
}

/** Proves that of a run nothing is there any more, while its servers go on. */
export function expectNothingLeft(world: World): void {
  const ours = /entry-point|daemon-socket|guix substitute/;
  const processes = listProcesses(world).filter(({ command }) => ours.test(command));
  expect(processes).toEqual([]);
  expect(list(world, '/var/guix/daemon-socket')).toEqual([]);
}

/** The servers of which Guix remembers what they said. */
function listRemembered(world: World): readonly string[] {
  return list(world, '/var/guix/substitute/cache').filter((name) => name !== 'last-expiry-cleanup');
}

/** What a server answers, without its headers; nothing if it can't be asked. */
export async function get(world: World, url: string): Promise<string> {
  const script = 'fetch(process.argv[1]).then((it) => it.text()).then(console.log, () => {})';
  return (await runIn(world, ['node', '-e', script, url])).stdout;
}

/** The line that tells what was fetched. */
export function readUse({ stderr }: Outcome): string | undefined {
  return /^\+ Substitutes: (.*)$/m.exec(stderr)?.[1];
}
