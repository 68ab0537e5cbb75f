import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';

/** What a log is made of. It says it in few words, to be read when a case fails. */
export type Content = {
  readonly packing: Packing;
  readonly text: readonly Part[];
  readonly damage: Damage;
};

/** As the daemon names logs. */
export type Packing = 'gz' | 'bz2' | 'plain';

type Part =
  | { readonly is: 'bytes'; readonly bytes: Uint8Array }
  | { readonly is: 'line'; readonly line: string }
  | { readonly is: 'again'; readonly unit: string; readonly times: number };

/** Where: the share of the file that stands before it. */
type Damage =
  | { readonly is: 'none' }
  | { readonly is: 'cut' | 'flipped' | 'noise inside'; readonly where: number }
  | { readonly is: 'noise behind' | 'only noise'; readonly noise: Uint8Array };

/** Lines that mean something to a reader, to a terminal, to a CI system, or to a program of ours. */
const lines = [
  ...['', '\n', '\r', '\r\n', '\0', '\t', '\u{feff}', '\u2028', '\u0085', '\u202e', '😀\n'],
  ...[
    '\x1b[31mred\x1b[0m\n',
    '\x1b]0;title\x07',
    '\x1b]52;c;cm0=\x07',
    '\x1b[2J',
    '\x9b31m',
    '\x1bc',
  ],
  ...['10%\r20%\r30%\n', '::error::no\n', '##[error]no\n', 'section_end:1:x\r\x1b[0K\n', '+ ls\n'],
  ...['x.c:1:2: error: no\n', 'configure: error: no\n', 'make: *** [all] Error 2\n', 'FAIL: x\n'],
  ...[
    "starting phase `build'\n",
    "phase `build' failed after 1.5 seconds\n",
    "phase `' failed after\n",
  ],
  ...["error: in phase 'build': uncaught exception:\n", 'command "make" failed with status 2\n'],
  ...['error: '.repeat(200), 'phase `'.repeat(300), '('.repeat(3000), ' '.repeat(3000)],
];

const part: fc.Arbitrary<Part> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('bytes'), bytes: fc.uint8Array({ maxLength: 200 }) }),
  },
  { weight: 6, arbitrary: fc.record({ is: fc.constant('line'), line: fc.constantFrom(...lines) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      is: fc.constant('again'),
      unit: fc.constantFrom('x', '\n', 'a line\n', '\r', '\xff', 'ü'),
      times: fc.integer({ min: 1, max: 60_000 }),
    }),
  },
);

const where = fc.double({ min: 0, max: 1, noNaN: true });
const noise = fc.uint8Array({ maxLength: 100 });
const damage: fc.Arbitrary<Damage> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ is: fc.constant('none') }) },
  {
    weight: 4,
    arbitrary: fc.record({ is: fc.constantFrom('cut', 'flipped', 'noise inside'), where }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ is: fc.constantFrom('noise behind', 'only noise'), noise }),
  },
);

/** A log, whole or broken. */
export const content: fc.Arbitrary<Content> = fc.record({
  packing: fc.constantFrom('gz', 'bz2', 'plain'),
  text: fc.array(part, { maxLength: 8 }),
  damage,
});

/** The file that the daemon would have written. */
export function makeFile({ packing, text, damage: wanted }: Content): Buffer {
  const bytes = Buffer.concat(text.map(makePart));
  return makeDamage(packers[packing](bytes), wanted);
}

/** What the log is to be unpacked to; `undefined` if that can't be said. */
export function findText({ packing, text, damage: { is } }: Content): Buffer | undefined {
  if (is !== 'none') return undefined;
  return packing === 'bz2' ? bzip2Text : Buffer.concat(text.map(makePart));
}

function makePart(wanted: Part): Buffer {
  if (wanted.is === 'bytes') return Buffer.from(wanted.bytes);
  if (wanted.is === 'line') return Buffer.from(wanted.line);
  return Buffer.alloc(Buffer.byteLength(wanted.unit) * wanted.times, wanted.unit);
}

const bzip2Text = Buffer.from('checking for libfoo... no\nconfigure: error: libfoo is missing\n');
/** That text by the bzip2 program: nothing of ours packs this way. */
const bzip2File = readFileSync(join(import.meta.dirname, '../fixtures/logs/short.bz2'));

const packers: { readonly [K in Packing]: (bytes: Buffer) => Buffer } = {
  gz: (bytes) => gzipSync(bytes),
  bz2: () => bzip2File,
  plain: (bytes) => bytes,
};

function makeDamage(file: Buffer, wanted: Damage): Buffer {
  if (wanted.is === 'none' || file.length === 0) return file;
  if ('noise' in wanted) {
    return wanted.is === 'only noise'
      ? Buffer.from(wanted.noise)
      : Buffer.concat([file, wanted.noise]);
  }
  const place = Math.min(Math.floor(file.length * wanted.where), file.length - 1);
  if (wanted.is === 'cut') return file.subarray(0, place);
  const damaged = Buffer.from(file);
  if (wanted.is === 'flipped') damaged.writeUInt8(0xff ^ (file[place] ?? 0), place);
  else damaged.fill('noise', place, Math.min(place + 20, file.length));
  return damaged;
}
