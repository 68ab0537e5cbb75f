import * as fc from 'fast-check';
import { type Content, content } from './fuzz-logs.ts';

/** A store, its logs, and the user's files around the place where the logs are to go. */
export type Layout = {
  readonly logs: readonly Log[];
  /** What else stands in the tree of logs. */
  readonly furniture: readonly Furniture[];
  readonly place: Place;
  readonly run: Run;
};

/** How the logs are asked for. */
export type Run = {
  readonly asks: 'unpack' | 'unpackOlder';
  readonly which: 'failed' | 'all';
  /** It is known what the daemon's sessions protected. */
  readonly knowsItems: boolean;
  readonly lines: number;
  readonly hasArchive: boolean;
};

export type Log = {
  readonly name: Name;
  readonly content: Content;
  /** What stands in the tree by that name. */
  readonly kind: (typeof kinds)[number];
  readonly derivation: 'failed' | 'succeeded' | 'gone' | 'garbage';
  readonly obstacle: (typeof obstacles)[number];
};

/** A proper name is that of a package; an odd one stands in the tree as it is. */
export type Name =
  | { readonly is: 'proper'; readonly name: string }
  | { readonly is: 'odd'; readonly bytes: Uint8Array };

type Furniture = (typeof furnitures)[number];
type Place = (typeof places)[number];

const kinds = [
  ...['file', 'link out', 'link to itself', 'link to nothing', 'FIFO', 'directory'],
] as const;

/** What of the user's stands where the log is to go. */
const obstacles = [
  ...['nothing', 'file', 'same text', 'second name', 'link out', 'link to a new file'],
  ...['link to same text', 'link inside', 'link to itself', 'FIFO', 'directory', 'several'],
] as const;

/** What stands beside the directories of logs. */
const furnitures = [
  ...['loop', 'file', 'FIFO', 'link up', 'link out', 'link to nothing', 'closed', 'same again'],
] as const;

const places = ['directory', 'link to a directory', 'not made yet', 'file'] as const;

/** How many logs stand in each layout. */
export const logsOfLayout = 10;

const oddBytes = fc.oneof(
  fc.uint8Array({ min: 1, minLength: 1, maxLength: 60 }),
  fc
    .constantFrom(
      ...[
        '..%2f..%2fetc%2fpasswd',
        '..\\..\\etc',
        '-rf',
        '*',
        '$(id)',
        '\x1b]0;t\x07',
        'x\ny',
        '...',
      ],
      ...['0123456789abcdfghijklmnpqrsvwx-\n.drv.gz', '0123456789abcdfghijklmnpqrsvwx-.drv'],
      ...['0123456789abcdfghijklmnpqrsvwx-x.drv.gz.gz', '0123456789abcdfghijklmnpqrsvwx-é.drv'],
      ...[
        '0123456789ABCDFGHIJKLMNPQRSVWX-x.drv',
        `0123456789abcdfghijklmnpqrsvwx-${'x'.repeat(220)}`,
      ],
    )
    .map((text) => Buffer.from(text)),
);

/** Whether a directory can hold it. */
function isName(bytes: Uint8Array): boolean {
  return !bytes.includes(0x2f) && !/^\.\.?$/.test(Buffer.from(bytes).toString('latin1'));
}

const properNames = [
  ...['hello-2.12', 'x', '..', '...', '-rf', '=', '?', 'c++-1.0', 'a.drv', 'a.drv.gz', '.1'],
  // The longest that Guix takes.
  'n'.repeat(211),
];

const name: fc.Arbitrary<Name> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      is: fc.constant('proper'),
      name: fc.constantFrom(...properNames),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ is: fc.constant('odd'), bytes: oddBytes.filter(isName) }),
  },
);

const log: fc.Arbitrary<Log> = fc.record({
  name,
  content,
  kind: fc.constantFrom('file', 'file', 'file', 'file', 'file', 'file', ...kinds),
  derivation: fc.constantFrom('failed', 'failed', 'failed', 'succeeded', 'gone', 'garbage'),
  obstacle: fc.constantFrom('nothing', 'nothing', 'nothing', ...obstacles),
});

export const layout: fc.Arbitrary<Layout> = fc.record({
  logs: fc.array(log, { minLength: logsOfLayout, maxLength: logsOfLayout }),
  furniture: fc.uniqueArray(fc.constantFrom(...furnitures)),
  place: fc.constantFrom('directory', 'directory', 'directory', ...places),
  run: fc.record({
    asks: fc.constantFrom('unpack', 'unpack', 'unpackOlder'),
    which: fc.constantFrom('failed', 'all'),
    knowsItems: fc.boolean(),
    lines: fc.constantFrom(0, 1, 10, 1000),
    hasArchive: fc.boolean(),
  }),
});
