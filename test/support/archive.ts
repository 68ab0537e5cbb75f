import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LogsArchive } from '../../src/build-logs/archive.ts';
import type { ShownBuild } from '../../src/build-logs/show.ts';
import type { Event } from '../../src/events/event.ts';

const hash = '0123456789abcdfghijklmnpqrsvwxyz';
/** When their logs were written, in milliseconds since the epoch. */
export const writtenAt = Date.UTC(2026, 0, 2, 3, 4, 5);

/** A build whose unpacked log stands in the directory. */
export function makeBuild(directory: string, name: string, log: string | Buffer): ShownBuild {
  const file = join(directory, 'logs', `${hash}-${name}.drv`);
  mkdirSync(join(directory, 'logs'), { recursive: true });
  writeFileSync(file, log);
  return {
    derivation: `/gnu/store/${hash}-${name}.drv`,
    outputs: [`/gnu/store/${hash}-${name}`],
    package: name,
    state: 'failed',
    log: `${file}.gz`,
    begunAt: writtenAt - 1500,
    writtenAt,
    isOlder: false,
    file,
    lines: 1,
    shown: 1,
    end: 'whole',
    size: Buffer.byteLength(log),
  };
}

type Made = {
  readonly file: string;
  readonly events: readonly Event[];
};

/** Makes an archive of the builds, and returns what it told. */
export async function makeArchive(
  file: string,
  builds: readonly ShownBuild[],
  untried: readonly string[] = [],
): Promise<Made> {
  const events: Event[] = [];
  const archive = new LogsArchive(file, (event) => events.push(event));
  for (const build of builds) await archive.add(build);
  await archive.close({ interrupted: [], untried });
  return { file, events };
}

/** What the system's `tar` says. */
export function tar(...words: readonly string[]): string {
  return execFileSync('tar', words, {
    encoding: 'utf8',
    env: { TZ: 'UTC', PATH: '/usr/bin:/bin' },
  });
}

/** The names in an archive, in order. */
export function listNames(archive: string): readonly string[] {
  return tar('tzf', archive).trimEnd().split('\n');
}

/** The content of one of its files. */
export function extract(archive: string, name: string): string {
  return tar('xzOf', archive, name);
}
