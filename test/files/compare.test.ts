import { execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { linkSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { haveSameContent } from '../../src/files/compare.ts';
import { expect, test } from '../support/directory.ts';

const piece = 1 << 16;

test.for([
  ['nothing', '', '', true],
  ['a text', 'text\n', 'text\n', true],
  ['a text and the beginning of it', 'text\n', 'text', false],
  ['two of the same length', 'text\n', 'test\n', false],
  ['one that ends with a piece', 'x'.repeat(piece), 'x'.repeat(piece), true],
  ['a difference behind a piece', `${'x'.repeat(piece)}a`, `${'x'.repeat(piece)}b`, false],
  [
    'a difference at the end of one',
    `${'x'.repeat(piece - 1)}a`,
    `${'x'.repeat(piece - 1)}b`,
    false,
  ],
] as const)('%s', async ([, one, other, isSame], { directory }) => {
  const [first, second] = [join(directory, 'first'), join(directory, 'second')];
  writeFileSync(first, one);
  writeFileSync(second, other);
  expect(await haveSameContent(first, second)).toBe(isSame);
  expect(await haveSameContent(second, first)).toBe(isSame);
});

const others: readonly (readonly [string, (file: string, text: string) => void, boolean])[] = [
  ['a second name of the file', (file, text) => linkSync(text, file), true],
  ['a symbolic link to the file', (file, text) => symlinkSync(text, file), false],
  ['a symbolic link to itself', (file) => symlinkSync(file, file), false],
  ['a directory', (file) => mkdirSync(file), false],
  ['a FIFO', (file) => execFileSync('mkfifo', [file]), false],
  ['nothing at all', () => {}, false],
];

test.for(others)('a file and %s', async ([, place, isSame], { directory }) => {
  const [text, other] = [join(directory, 'text'), join(directory, 'other')];
  writeFileSync(text, 'text\n');
  place(other, text);
  expect(await haveSameContent(text, other)).toBe(isSame);
  expect(await haveSameContent(other, text)).toBe(isSame);
});

test('whoever waits to write into a FIFO goes on waiting', async ({ directory }) => {
  const [text, fifo] = [join(directory, 'text'), join(directory, 'fifo')];
  writeFileSync(text, 'text\n');
  execFileSync('mkfifo', [fifo]);
  const script = 'echo ready; exec 3> "$1"; echo opened >&3';
  const writer = spawn('bash', ['-c', script, 'bash', fifo], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(writer, 'close');
  await once(writer.stdout, 'data');
  await expect.poll(() => readState(writer.pid)).toBe('S');
  expect(await haveSameContent(text, fifo)).toBe(false);
  // If the writer were gone by now, there would be nothing to read, for ever.
  const { stdout } = await promisify(execFile)('cat', [fifo], { timeout: 20_000 });
  expect(stdout).toBe('opened\n');
  expect(await closed).toEqual([0, null]);
});

/** Nothing but the FIFO lets it sleep. */
function readState(pid: number | undefined): string | undefined {
  return /^State:\t(.)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
}
