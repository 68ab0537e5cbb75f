import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { path } from 'zx';
import { runIn } from './machine.ts';
import { openWorld, type World } from './world.ts';

/**
 * A world in which substitutes are published and asked for: with a real `guix publish`, whose key is
 * authorized there, and servers with faults in front of it (test/fixtures/programs).
 */
export type Site = AsyncDisposable & { readonly world: World };

/** A store item that servers have, of so many kilobytes that don't pack. */
export type Item = { readonly path: string; readonly kilobytes: number };

const ports = { publisher: 8181, faults: 9000, blackHole: 9100, mirror: 9200 } as const;
const loopback = (port: number): string => `http://127.0.0.1:${port}`;

/** `guix publish` itself. */
export const publisher = loopback(ports.publisher);

/** The URL of the server with this fault; another URL is another server. */
export const faulty = (fault: string): string => `${loopback(ports.faults)}/${fault}`;

/** The URL of a server to which nobody can connect; another name is another server. */
export const blackHole = (name: string): string => `${loopback(ports.blackHole)}/${name}`;

/** A server that has nothing but the narinfos that it was told to copy. */
export const mirror = loopback(ports.mirror);

/** A daemon for what goes on beside what is measured. */
const socket = '/srv/daemon';
const withDaemon = { GUIX_DAEMON_SOCKET: socket };

const build = [
  ...['guix', 'build', '-L', '/fixtures/packages'],
  ...['-f', '/fixtures/packages/substitutable.scm'],
];

/** Opens one; all that runs in it ends with it. */
export async function openSite(): Promise<Site> {
  const world = await openWorld([[process.execPath, '/usr/local/bin/node']]);
  const close = async (): Promise<void> => world[Symbol.asyncDispose]();
  try {
    await startServers(world);
  } catch (error) {
    await close();
    throw error;
  }
  return { world, [Symbol.asyncDispose]: close };
}

async function startServers(world: World): Promise<void> {
  await runShell(world, 'mkdir -p /srv/cache && chmod 777 /srv/cache');
  await runShell(world, 'guix archive --generate-key');
  await runShell(world, 'guix archive --authorize < /etc/guix/signing-key.pub');
  const options = ['--build-users-group=guixbuild', `--listen=${socket}`, '--no-substitutes'];
  start(world, ['guix-daemon', ...options]);
  await runShell(world, `until [ -S ${socket} ]; do sleep 0.05; done`);
  start(world, [
    ...['guix', 'publish', '--listen=127.0.0.1', `--port=${ports.publisher}`],
    ...['--cache=/srv/cache', '--compression=gzip', '--compression=none'],
  ]);
  await startProgram(world, [
    '/fixtures/programs/substitute-server',
    ports.faults,
    ports.publisher,
  ]);
  await startProgram(world, ['/fixtures/programs/black-hole', ports.blackHole]);
}

async function startProgram(world: World, [name, ...words]: readonly (string | number)[]) {
  const { stdout } = start(world, ['node', String(name), ...words.map(String)]);
  const [line] = stdout === null ? [] : await once(stdout, 'data');
  if (!String(line).startsWith('ready')) throw new Error(`${name} is not ready: ${line}`);
}

function start(world: World, command: readonly string[]): ChildProcess {
  return world.start(command, { env: withDaemon, cwd: '/', stdio: ['ignore', 'pipe', 'ignore'] });
}

/** Puts so many items into the store and starts the mirror of their narinfos; returns the list's file. */
export async function mirrorNarinfos({ world }: Site, count: number): Promise<string> {
  const list = '/srv/hashes';
  const items = await runShell(world, `ITEM_COUNT=${count} guix repl -- /bench/many-items.scm`);
  writeFileSync(world.at(list), JSON.stringify(items.trim().split('\n').map(hashOf)));
  await startProgram(world, ['/bench/narinfo-mirror.ts', ports.mirror, publisher, list]);
  return list;
}

/** Makes an item, and waits until it is published. */
export async function publish({ world }: Site, kilobytes: number): Promise<Item> {
  const env = { ...withDaemon, ...ofSize(kilobytes) };
  const { stdout, stderr } = await runIn(world, build, { env });
  const item = { path: stdout.trim(), kilobytes };
  if (!item.path.startsWith('/gnu/store/')) throw new Error(stderr);
  const narinfo = `${faulty('none')}/${hashOf(item.path)}.narinfo`;
  await runShell(world, `node /bench/wait-until-published.ts ${narinfo}`);
  return item;
}

function ofSize(kilobytes: number): Readonly<Record<string, string>> {
  return { ITEM_SIZE: String(kilobytes) };
}

/** What a store item goes by at a substitute server. */
function hashOf(item: string): string {
  return path.basename(item).slice(0, 32);
}

/**
 * Builds an item that isn't there, under our program with these options, and returns how many
 * milliseconds that took. Throws if it was not substituted, or took longer than it may.
 */
export async function substitute(
  { world }: Site,
  item: Item,
  { options, seconds = 600 }: { readonly options: readonly string[]; readonly seconds?: number },
): Promise<number> {
  await runShell(world, `guix gc -D ${item.path}`);
  await runShell(world, 'rm -rf /var/guix/substitute/cache');
  const command = ['timeout', String(seconds), '/entry-point.sh', ...options];
  const begin = performance.now();
  const outcome = await runIn(world, [...command, ...build], { env: ofSize(item.kilobytes) });
  const milliseconds = performance.now() - begin;
  const { status, stdout, stderr } = outcome;
  if (status === 124) throw new TookTooLong(`nothing after ${seconds} s: stopped`);
  const isSubstituted = stdout.trim() === item.path && !stderr.includes('built here');
  if (status !== 0 || !isSubstituted) throw new Error(`${command.join(' ')}: ${stderr}`);
  return milliseconds;
}

/** It has been stopped. */
export class TookTooLong extends Error {
  override readonly name = 'TookTooLong';
}

/** Runs a line of shell, with the daemon beside what is measured, and returns what it prints. */
async function runShell(world: World, script: string): Promise<string> {
  const outcome = await runIn(world, ['sh', '-c', script], { env: withDaemon, cwd: '/' });
  if (outcome.status !== 0) throw new Error(`${script}: ${outcome.stderr}`);
  return outcome.stdout;
}
