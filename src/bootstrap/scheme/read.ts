import { isUtf8 } from 'node:buffer';
import type { Datum, Position, Source } from './datum.ts';
import { deepestList, largestFile } from './limits.ts';
import { refuse } from './refuse.ts';
import { Scanner, type Token } from './scan.ts';

/** Reads the data of a definition file. What isn't understood is refused, and where it stands. */
export function readScheme(file: string, bytes: Buffer): readonly Datum[] {
  const source = { file, text: bytes.toString('utf8'), yield: 0 };
  const start = { source, offset: 0 };
  if (bytes.length > largestFile) {
    const found = `a file of ${bytes.length} bytes`;
    refuse(start, { found, allowed: `a file of ${largestFile} bytes at most` });
  }
  if (!isUtf8(bytes)) {
    const offset = Math.max(0, source.text.indexOf('\uFFFD'));
    refuse({ source, offset }, { found: 'bytes that are no UTF-8', allowed: 'text in UTF-8' });
  }
  return readData(source);
}

/** What has begun and not ended: a list, a sign that stands before a datum, or `#;`. */
type Open = {
  readonly by: '(' | '#;' | Abbreviation;
  readonly at: Position;
  readonly items: Datum[];
};

type Abbreviation = keyof typeof abbreviations;
const abbreviations = {
  "'": 'quote',
  '`': 'quasiquote',
  ',': 'unquote',
  ',@': 'unquote-splicing',
} as const;

/** Without recursion: a file of parentheses must not be what ends us. */
function readData(source: Source): readonly Datum[] {
  const data: Datum[] = [];
  const open: Open[] = [];
  const scanner = new Scanner(source);
  function add(datum: Datum): void {
    const inner = open.at(-1);
    if (inner === undefined) {
      data.push(datum);
    } else if (inner.by === '(') {
      inner.items.push(datum);
    } else {
      open.pop();
      if (inner.by !== '#;') add(spellOut(inner.by, inner.at, datum));
    }
  }
  for (;;) {
    const token = scanner.next();
    if (token.is === 'end') break;
    if (token.is === 'datum') add(token.datum);
    else if (token.sign === ')') add(closeList(open, token));
    else push(open, token.sign, token.at);
  }
  const inner = open.at(-1);
  if (inner === undefined) return data;
  const begun =
    inner.by === '(' ? 'a list that does not end' : `${inner.by} with nothing behind it`;
  return refuse(inner.at, {
    found: begun,
    allowed: inner.by === '(' ? 'a list with a closing parenthesis' : `${inner.by} and a datum`,
  });
}

function spellOut(sign: Abbreviation, at: Position, datum: Datum): Datum {
  return { is: 'list', items: [{ is: 'symbol', name: abbreviations[sign], at }, datum], at };
}

function push(open: Open[], by: Open['by'], at: Position): void {
  if (open.length === deepestList) {
    refuse(at, { found: `a list inside ${deepestList} others`, allowed: `${deepestList} at most` });
  }
  open.push({ by, at, items: [] });
}

function closeList(open: Open[], { at }: Token & { readonly is: 'sign' }): Datum {
  const inner = open.pop();
  if (inner === undefined) {
    return refuse(at, { found: 'a parenthesis that closes no list', allowed: 'a definition' });
  }
  if (inner.by === '(') return { is: 'list', items: inner.items, at: inner.at };
  return refuse(at, { found: `a parenthesis behind ${inner.by}`, allowed: 'a datum' });
}
