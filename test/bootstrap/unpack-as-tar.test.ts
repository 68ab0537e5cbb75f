// Archives are read as GNU tar reads them: what it unpacks, and what we do, are the same trees.

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readNames } from '../../src/bootstrap/build/trees.ts';
import { decodeBytes, encodeBytes } from '../../src/processes/bytes.ts';
import { expect, test } from '../support/directory.ts';
import { entry, pax, withSize } from '../support/tar.ts';
import { unpack } from '../support/unpack.ts';

const tree = `
  mkdir -p d/sub/empty
  echo hello >d/file
  touch -d @1000000000 d/file
  echo '#!/bin/sh' >d/run
  chmod 755 d/run
  ln -s file d/link
  ln -s nowhere d/dangling
  ln d/file d/sub/hard
  ln d/dangling d/sub/dangling
  head -c 100000 /dev/zero >d/zeroes
  : >"d/$(printf 'caf\\351')"
  : >"d/$(printf 'caf\\350')"
  ln "d/$(printf 'caf\\350')" "d/$(printf 'caf\\352')"
  ln -s "$(printf 'caf\\351')" d/cafe
`;

const [name, other] = ['x'.repeat(90), 'y'.repeat(90)];
const long = `
  mkdir d/${name}
  echo long >d/${name}/${other}
  ln d/${name}/${other} d/hard
  ln -s ${name}/${other} d/symbolic
`;
const longer = `mkdir d/${name}/${other}s; echo longer >d/${name}/${other}s/${name}`;

test.for([
  ['v7', `${tree} tar --format=v7 -cf a.tar d`],
  ['ustar', `${tree} tar --format=ustar -cf a.tar d`],
  ['gnu', `${tree} tar --format=gnu -cf a.tar d`],
  ['oldgnu', `${tree} tar --format=oldgnu -cf a.tar d`],
  ['pax', `${tree} rm d/caf*; tar --format=pax -cf a.tar d`],
  [
    'names in UTF-8',
    `mkdir d; echo é >d/é; ln -s é d/ü; ln -s ${'é'.repeat(99)} d/l; tar --format=pax -cf a.tar d`,
  ],
  [
    'long names in ustar',
    `mkdir -p d/${name}; : >d/${name}/${other}; tar --format=ustar -cf a.tar d`,
  ],
  ['longer names in gnu', `mkdir d; ${long} ${longer}; tar --format=gnu -cf a.tar d`],
  [
    'a name of whole blocks',
    `p=d/${'z'.repeat(200)}/${'z'.repeat(200)}/${'z'.repeat(107)}; mkdir -p $p; [ $(printf %s/ $p | wc -c) = 512 ]; echo later >d/zzz; ln -s $p/ d/l; tar --format=gnu -cf a.tar d`,
  ],
  ['longer names in pax', `mkdir d; ${long} ${longer}; tar --format=pax -cf a.tar d`],
  ['parts of seconds in pax', 'mkdir d; touch -d @1000000000.25 d/x; tar --format=pax -cf a.tar d'],
  ['names that begin with ./', `${tree} tar -cf a.tar ./d`],
  ['names in no directory', `${tree} tar -C d -cf a.tar .`],
  ['no names of directories', `${tree} tar -cf a.tar d/sub/hard d/file d/run`],
  ['a file with two names, given twice', `${tree} tar -cf a.tar d/file d/file d/sub/hard`],
  ['more than the first end', `${tree} tar -cf a.tar d; cp a.tar b.tar; cat b.tar >>a.tar`],
  ['what was added', `${tree} tar -cf a.tar d; echo new >d/file; tar -rf a.tar d/file`],
  [
    'a directory instead of a link',
    'mkdir -p d/real o/d/l; ln -s real d/l; tar -cf a.tar d; touch o/d/l/x; tar -rf a.tar -C o d/l',
  ],
] as const)('what tar makes: %s', async ([, script], { directory }) => {
  const content = make(directory, script);
  expect(await unpackByUs(directory, content)).toEqual(unpackByTar(directory, content));
});

const zeroes = Buffer.alloc(512);
const file = entry({ path: 'd/file', content: 'content' });

test.for([
  ['no end', [file]],
  ['one block of zeroes as the end', [file, zeroes, entry({})]],
  ['garbage behind the end', [file, zeroes, zeroes, Buffer.from('garbage'.repeat(1000))]],
  ['blocks of zeroes as content', [entry({ content: '\0'.repeat(70_000) }), file, zeroes]],
  [
    'directories that are known by their names',
    [entry({ path: 'd/' }), file, entry({ path: 'e/', type: '\0' })],
  ],
  [
    'a directory with a size',
    [entry({ path: 'd/', type: '5', size: 2048 }), file, zeroes, zeroes, entry({})],
  ],
  [
    'files with no type, or that are contiguous',
    [entry({ type: '\0' }), entry({ path: 'd/y', type: '7', content: 'y' })],
  ],
  [
    'a size that only pax has',
    [pax('size', '1024'), entry({ size: 0 }), zeroes, zeroes, file, zeroes],
  ],
] as const)('what tar reads: %s', async ([, blocks], { directory }) => {
  const content = Buffer.concat(blocks);
  expect(await unpackByUs(directory, content)).toEqual(unpackByTar(directory, content));
});

const longName = `${'z'.repeat(250)}/`.repeat(2) + 'z'.repeat(10);

test('a long name whose size is written as a number', async ({ directory }) => {
  const size = `\x80${'\0'.repeat(9)}\x04\0`;
  const header = withSize(size, entry({ type: 'L', content: `${longName}\0`.padEnd(1024, '\0') }));
  const content = Buffer.concat([header, entry({}), zeroes, zeroes]);
  expect(await unpackByUs(directory, content)).toEqual(unpackByTar(directory, content));
});

test.for(['L', 'K', 'x', 'g'])(
  'a size below nothing, of what has type %s',
  async (type, { directory }) => {
    const content = Buffer.concat([withSize('-0000001000', entry({ type, content: 'x' })), file]);
    await expect(unpack(directory, content)).rejects.toThrow();
  },
);

test('the first directory has a name that is no UTF-8', async ({ directory }) => {
  const room = await unpack(directory, entry({ path: 'caf\xe9/' }));
  expect(room.directory).toBe('/tmp/build/caf\udce9');
});

const holes = 'mkdir d; truncate -s 1M d/x; echo end >>d/x; tar -S -cf a.tar d';

test.for([
  ['a file with holes in pax', holes.replace('-S', '--format=pax -S'), 'a file with holes: '],
  ['a file with holes in gnu', holes, 'a kind of entry that is not known here: d/x'],
  [
    'a volume',
    'mkdir d; tar -V label -cf a.tar d',
    'a kind of entry that is not known here: label',
  ],
  ['a pipe', 'mkdir d; mkfifo d/x; tar -cf a.tar d', 'a fifo: d/x'],
  [
    'a name in pax that is no UTF-8',
    `mkdir d; : >"d/$(printf 'caf\\351')"; tar --format=pax -cf a.tar d`,
    'a name that is no UTF-8: ',
  ],
] as const)('what tar makes, and is refused: %s', async ([, script, what], { directory }) => {
  const content = make(directory, script);
  await expect(unpack(directory, content)).rejects.toThrow(`the archive has ${what}`);
});

test.for([
  [
    'a link with a size',
    [file, entry({ type: '1', target: 'd/file', size: 7 })],
    'a link with content: d/x',
  ],
  [
    'a symbolic link with a size',
    [file, entry({ type: '2', target: 'file', size: 4 })],
    'a link with content: d/x',
  ],
  ['a link to nothing', [entry({ type: '1' })], 'a link to nothing: d/x'],
  ['a symbolic link to nothing', [entry({ type: '2' })], 'a link to nothing: d/x'],
  [
    'a name with a zero in it',
    [pax('path', 'd/\0'), entry({})],
    "a name that is no UTF-8: $'d/\\x00'",
  ],
] as const)('%s is refused', async ([, blocks, what], { directory }) => {
  const content = Buffer.concat([...blocks, file]);
  await expect(unpack(directory, content)).rejects.toThrow(`the archive has ${what}`);
});

/** Makes `a.tar`. */
function make(directory: string, script: string): Buffer {
  const cwd = join(directory, 'made');
  mkdirSync(cwd);
  execFileSync('sh', ['-ec', script], { cwd });
  return readFileSync(join(cwd, 'a.tar'));
}

async function unpackByUs(directory: string, content: Buffer): Promise<readonly string[]> {
  await unpack(directory, content);
  return listTree(join(directory, 'tmp/build'));
}

function unpackByTar(directory: string, content: Buffer): readonly string[] {
  const cwd = join(directory, 'by-tar');
  mkdirSync(cwd);
  writeFileSync(join(directory, 'a.tar'), content);
  // It warns of some.
  execFileSync('tar', ['-xf', '../a.tar'], { cwd, stdio: 'ignore' });
  return listTree(cwd);
}

/** What is in a directory; of files with several names, each says the first of them. */
function listTree(top: string): readonly string[] {
  const firsts = new Map<number, string>();
  return listNames(top, '').map((path) => {
    const at = encodeBytes(`${top}${path}`);
    const found = lstatSync(at);
    const first = firsts.get(found.ino) ?? path;
    firsts.set(found.ino, first);
    if (found.isDirectory()) return `${path}/`;
    if (found.isSymbolicLink()) return `${path} (${first}) -> ${readTarget(at)}`;
    const hash = createHash('sha256').update(readFileSync(at)).digest('hex');
    return `${path} (${first}) ${found.mode & 0o100} ${found.mtimeMs.toFixed()} ${hash}`;
  });
}

function listNames(top: string, path: string): readonly string[] {
  return readNames(`${top}${path}`)
    .toSorted()
    .map((one) => `${path}/${one}`)
    .flatMap((inner) =>
      lstatSync(encodeBytes(`${top}${inner}`)).isDirectory()
        ? [inner, ...listNames(top, inner)]
        : [inner],
    );
}

function readTarget(link: Buffer): string {
  return decodeBytes(readlinkSync(link, 'buffer'));
}
