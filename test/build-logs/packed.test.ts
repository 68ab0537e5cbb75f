import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { PackedLog } from '../../src/build-logs/packed.ts';
import { expect, test } from '../support/directory.ts';

const fixtures = join(import.meta.dirname, '../fixtures/logs');
/** Several blocks of 100,000 bytes, by the bzip2 program. */
const blocks = readFileSync(join(fixtures, 'blocks.bz2'));
const text = makeText();
const packedText = gzipSync(text);

/** What `blocks.bz2` was made from. */
function makeText(): string {
  let number = 1;
  const lines = Array.from({ length: 9000 }, (_, line) => {
    number = (number * 1_103_515_245 + 12_345) % 2 ** 31;
    const found = number % 3 === 0 ? 'no' : 'yes';
    return `[${String(line).padStart(5)}] checking for function ${number % 7} of lib${number % 97}... ${found}\n`;
  });
  return `${lines.join('')}${'a'.repeat(100_000)}\n`;
}

async function unpack(
  directory: string,
  name: string,
  bytes: Buffer | string,
): Promise<{ end: string; text: string }> {
  const file = join(directory, name);
  writeFileSync(file, bytes);
  const log = new PackedLog(file);
  const chunks = await Array.fromAsync(log);
  return { end: log.end, text: Buffer.concat(chunks).toString() };
}

test.for([
  ['log.drv.gz', packedText, text],
  ['log.drv.bz2', blocks, text],
  ['log.drv', text, text],
  ['empty.drv.gz', gzipSync(''), ''],
  ['empty.drv.bz2', readFileSync(join(fixtures, 'empty.bz2')), ''],
  ['empty.drv', '', ''],
  ['twice.drv.gz', Buffer.concat([packedText, packedText]), text + text],
  ['twice.drv.bz2', Buffer.concat([blocks, blocks]), text + text],
  ['padded.drv.gz', Buffer.concat([packedText, Buffer.alloc(100_000)]), text],
  ['padded.drv.bz2', Buffer.concat([blocks, Buffer.alloc(100_000)]), text],
  ['garbage-behind.drv.gz', Buffer.concat([packedText, Buffer.from('garbage')]), text],
  ['garbage-behind.drv.bz2', Buffer.concat([blocks, Buffer.from('garbage')]), text],
] as const)('%s is whole', async ([name, bytes, expected], { directory }) => {
  expect(await unpack(directory, name, bytes)).toEqual({ end: 'whole', text: expected });
});

test.for([
  ['gz', packedText],
  ['bz2', blocks],
] as const)('.%s cut at any place gives what is there', async ([ending, bytes], { directory }) => {
  for (const share of [0, 0.0001, 0.1, 0.5, 0.9, 0.9999]) {
    const cut = bytes.subarray(0, bytes.length * share);
    const { end, text: got } = await unpack(directory, `cut.drv.${ending}`, cut);
    expect(end).toBe('cut short');
    expect(text.startsWith(got)).toBe(true);
    expect(got.length).toBeGreaterThanOrEqual(share < 0.5 ? 0 : text.length / 4);
  }
});

test.for([
  ['gz', packedText, text],
  ['gz', gzipSync(text.slice(0, 20_000)), text.slice(0, 20_000)],
  ['bz2', blocks, text],
] as const)(
  '.%s damaged in its middle gives what is before',
  async ([ending, bytes, whole], { directory }) => {
    const damaged = Buffer.from(bytes);
    const middle = Math.floor(bytes.length / 2);
    damaged.fill(0xff, middle, middle + 20);
    const { end, text: got } = await unpack(directory, `damaged.drv.${ending}`, damaged);
    expect(end).toBe('damaged');
    const quarter = Math.floor(whole.length / 4);
    expect(got.slice(0, quarter)).toBe(whole.slice(0, quarter));
  },
);

test.for([
  // The checksum of all, and the size of all.
  ['gz', packedText, 8],
  ['gz', packedText, 4],
  // The checksum of all, and bits that fill its last byte.
  ['bz2', blocks, 4],
] as const)('.%s with another end has all of it', async ([ending, bytes, at], { directory }) => {
  const damaged = Buffer.from(bytes);
  damaged[bytes.length - at] = (damaged[bytes.length - at] ?? 0) ^ 1;
  const outcome = await unpack(directory, `end.drv.${ending}`, damaged);
  expect(outcome).toEqual({ end: 'damaged', text });
});

test('whoever asks no further lets go of the file', async ({ directory }) => {
  const file = join(directory, 'long.drv.gz');
  writeFileSync(file, gzipSync(text.repeat(4)));
  for await (const chunk of new PackedLog(file)) {
    expect(text.repeat(4).startsWith(chunk.toString())).toBe(true);
    break;
  }
  const open = readdirSync('/proc/self/fd').map((descriptor) => {
    // That of the listing itself is gone by now.
    const at = join('/proc/self/fd', descriptor);
    return existsSync(at) ? readlinkSync(at) : '';
  });
  expect(open).not.toContain(file);
});

test.for(['gz', 'bz2'])('what is no .%s at all is damaged', async (ending, { directory }) => {
  const { end } = await unpack(directory, `text.drv.${ending}`, 'plain text that is long enough');
  expect(end).toBe('damaged');
});

test('what is not a regular file is an error, and not waited for', async ({ directory }) => {
  const paths = ['fifo', 'link', 'directory'].map((name) => join(directory, `${name}.drv.gz`));
  const [fifo = '', link = '', folder = ''] = paths;
  execFileSync('mkfifo', [fifo]);
  writeFileSync(join(directory, 'secret'), 'secret');
  symlinkSync('secret', link);
  mkdirSync(folder);
  for (const path of paths) {
    await expect(Array.fromAsync(new PackedLog(path))).rejects.toThrow();
  }
});
