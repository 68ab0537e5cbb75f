import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '../../errors/system.ts';
import { decodeBytes, encodeBytes } from '../../processes/bytes.ts';
import { quoteWords } from '../../events/quote.ts';
import type { Mount } from './isolation.ts';

/** The files as a build sees them. */
export type View = {
  /** What is `/` there. */
  readonly root: string;
  /** What stands there and belongs to others. */
  readonly mounts: readonly Mount[];
  /** The files and directories that belong to the build, with what is in them; without it, all others. */
  readonly own?: readonly string[];
};

/** A file as a build calls it, without links on the way, and where it really is. */
export type Place = {
  readonly path: string;
  readonly real: string;
  /** It belongs to the build. */
  readonly isWritable: boolean;
};

/** As many links one after the other the kernel follows, too. */
const mostLinks = 40;

/**
 * Finds a file as the kernel would if the root was that of the build: no link leads out of it. Only
 * while nothing of the build runs. What isn't there yet is where it would be.
 */
export function findPlace(
  view: View,
  path: string,
  { from = '/', follow = true }: { readonly from?: string; readonly follow?: boolean } = {},
): Place {
  const parts = (path.startsWith('/') ? path : `${from}/${path}`).split('/').filter(Boolean);
  let at = '/';
  for (let links = 0; parts.length > 0;) {
    const part = parts.shift() ?? '';
    if (part === '.') continue;
    const next = part === '..' ? join(at, '..') : join(at, part);
    const target = parts.length > 0 || follow ? readLink(toReal(view, next).real) : undefined;
    if (target === undefined) {
      at = next;
      continue;
    }
    links += 1;
    if (links > mostLinks) throw new Error(`too many links: ${quoteWords([path])}`);
    parts.unshift(...target.split('/').filter(Boolean));
    if (target.startsWith('/')) at = '/';
  }
  return { path: at, ...toReal(view, at) };
}

function toReal({ root, mounts, own }: View, path: string): Pick<Place, 'real' | 'isWritable'> {
  const isIn = (place: string): boolean => `${path}/`.startsWith(`${place}/`);
  const mount = mounts.find(({ to }) => isIn(to));
  if (mount === undefined) return { real: join(root, path), isWritable: own?.some(isIn) ?? true };
  return { real: join(mount.from, path.slice(mount.to.length)), isWritable: false };
}

function readLink(real: string): string | undefined {
  try {
    return decodeBytes(readlinkSync(encodeBytes(real), 'buffer'));
  } catch (error) {
    if (noLink.has(errorCode(error))) return undefined;
    throw error;
  }
}

/** What isn't there, or is something else. */
const noLink: ReadonlySet<unknown> = new Set(['ENOENT', 'ENOTDIR', 'EINVAL']);
