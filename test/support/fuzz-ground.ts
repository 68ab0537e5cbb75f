import { linkSync, lstatSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Layout, Log } from './fuzz-layout.ts';
import { findText, makeFile } from './fuzz-logs.ts';

/** A layout that stands in a directory. */
export type Ground = {
  readonly store: string;
  readonly logDirectory: string;
  /** Where the logs are to go, as it is told. */
  readonly target: string;
  readonly archive: string;
  /** The logs that have proper names, as they stand there. */
  readonly logs: readonly Standing[];
  /** All the derivations, and what they make. */
  readonly items: readonly string[];
  /** Those that are complete in the store. */
  readonly valid: ReadonlySet<string>;
};

export type Standing = {
  readonly wanted: Log;
  readonly derivation: string;
  readonly log: string;
};

/** Makes a layout in an empty directory; `fifo` is one that may get more names. */
export function makeGround(root: string, layout: Layout, fifo: string): Ground {
  const [store, drvs] = [join(root, 'store'), join(root, 'logs/drvs')];
  for (const made of [store, join(drvs, start), join(root, 'outside')]) {
    mkdirSync(made, { recursive: true });
  }
  writeFileSync(join(root, 'outside/mine'), 'mine, outside\n');
  writeFileSync(join(root, `outside/${'0'.repeat(30)}-out.drv`), 'mine, and no log\n');
  const { target, yard } = makePlace(root, layout.place);
  const items = layout.furniture.flatMap((furniture) => {
    const first = putFurniture(drvs, furniture, fifo);
    return writeDerivation(store, `${first}${'0'.repeat(30)}-out`, 'failed');
  });
  const valid = new Set<string>();
  const logs = layout.logs.flatMap((wanted, index): Standing[] => {
    const { name, kind, content } = wanted;
    if (name.is === 'odd') {
      const place = Buffer.concat([Buffer.from(`${drvs}/${start}/`), name.bytes]);
      if (!stands(place)) put(kind, { place, bytes: makeFile(content), fifo });
      return [];
    }
    const rest = `${String(index).padStart(30, '0')}-${name.name}`;
    const derivation = join(store, `${start}${rest}.drv`);
    const log = join(drvs, start, `${rest}.drv${endings[content.packing]}`);
    put(kind, { place: Buffer.from(log), bytes: makeFile(content), fifo });
    const made = writeDerivation(store, `${start}${rest}`, wanted.derivation);
    items.push(...made);
    if (wanted.derivation === 'succeeded') made.forEach((item) => valid.add(item));
    if (yard !== undefined) putObstacle(join(yard, basename(derivation)), wanted, fifo);
    return [{ wanted, derivation, log }];
  });
  const archive = join(root, 'archive/logs.tgz');
  return { store, logDirectory: join(root, 'logs'), target, archive, logs, items, valid };
}

/** What the names of all the derivations begin with. */
const start = 'ab';
const endings = { gz: '.gz', bz2: '.bz2', plain: '' } as const;

/** The place where the logs are to go, and where the user's files stand in it, if they can. */
function makePlace(
  root: string,
  place: Layout['place'],
): { readonly target: string; readonly yard?: string } {
  const work = join(root, 'work');
  if (place === 'file') {
    writeFileSync(work, 'mine\n');
    return { target: work };
  }
  if (place === 'link to a directory') {
    mkdirSync(join(root, 'real'));
    symlinkSync('real', work);
  } else mkdirSync(work);
  writeFileSync(join(work, 'mine.txt'), 'mine, inside\n');
  return place === 'not made yet'
    ? { target: join(work, 'to/be/made') }
    : { target: work, yard: work };
}

type Thing = { readonly place: Buffer; readonly bytes: Buffer; readonly fifo: string };

function put(kind: Log['kind'], { place, bytes, fifo }: Thing): void {
  if (kind === 'file') writeFileSync(place, bytes);
  else if (kind === 'link out') symlinkSync('../../../outside/mine', place);
  else if (kind === 'link to itself') symlinkSync(place, place);
  else if (kind === 'link to nothing') symlinkSync('nothing', place);
  else if (kind === 'FIFO') linkSync(fifo, place);
  else mkdirSync(place);
}

function stands(place: Buffer): boolean {
  return lstatSync(place, { throwIfNoEntry: false }) !== undefined;
}

/** Puts something where the directory of other logs would stand, and returns that one's name. */
function putFurniture(drvs: string, furniture: Layout['furniture'][number], fifo: string): string {
  const first = { ...firsts }[furniture];
  const place = join(drvs, first);
  if (furniture === 'file') writeFileSync(place, 'no directory');
  else if (furniture === 'FIFO') linkSync(fifo, place);
  else if (furniture === 'closed') mkdirSync(place, { mode: 0 });
  else symlinkSync(linkTargets[furniture], place);
  return first;
}

const firsts = {
  ...{ loop: 'cd', file: 'ef', FIFO: 'gh', 'link up': 'ij', 'link out': 'kl' },
  ...{ 'link to nothing': 'mn', closed: 'op', 'same again': 'qr' },
} as const;

const linkTargets = {
  ...{ loop: 'cd', 'link up': '..', 'link out': '../../outside' },
  ...{ 'link to nothing': 'nothing', 'same again': start },
} as const;

/** Writes a derivation, and returns it with what it makes. */
function writeDerivation(
  store: string,
  name: string,
  derivation: Log['derivation'],
): readonly string[] {
  const [file, output] = [join(store, `${name}.drv`), join(store, name.slice(0, 100))];
  if (derivation === 'garbage') writeFileSync(file, `Derive([("out","${output}`);
  if (derivation === 'garbage' || derivation === 'gone') return [file];
  const text = `Derive([("out","${output}","","")],[],[],"x86_64-linux","/bin/sh",[],[])`;
  writeFileSync(file, text);
  return [file, output];
}

/** Puts something of the user's where a log is to go. */
function putObstacle(file: string, { obstacle, content }: Log, fifo: string): void {
  if (obstacle === 'file') writeFileSync(file, 'mine\n');
  else if (obstacle === 'same text') writeFileSync(file, findText(content) ?? '');
  else if (obstacle === 'second name') linkSync(join(file, '../../outside/mine'), file);
  else if (obstacle === 'link out') symlinkSync('../outside/mine', file);
  else if (obstacle === 'link to same text') {
    writeFileSync(join(file, '../../outside', basename(file)), findText(content) ?? '');
    symlinkSync(join('../outside', basename(file)), file);
  } else if (obstacle === 'link to a new file') symlinkSync('../outside/new', file);
  else if (obstacle === 'link inside') symlinkSync('mine.txt', file);
  else if (obstacle === 'link to itself') symlinkSync(basename(file), file);
  else if (obstacle === 'FIFO') linkSync(fifo, file);
  else if (obstacle === 'directory') mkdirSync(join(file, 'full'), { recursive: true });
  else if (obstacle === 'several') {
    writeFileSync(file, 'mine\n');
    symlinkSync('../outside/new', `${file}.1`);
    mkdirSync(`${file}.2`);
  }
}
