import { type Datum, type Position, shorten, type Source } from './datum.ts';
import { refuse } from './refuse.ts';

/** A sign, a datum that is no list, or the end of the file. */
export type Token =
  | { readonly is: 'sign'; readonly sign: Sign; readonly at: Position }
  | { readonly is: 'datum'; readonly datum: Datum }
  | { readonly is: 'end' };

type Sign = '(' | ')' | "'" | '`' | ',' | ',@' | '#;';

/** The tokens of a text, one after the other. */
export class Scanner {
  readonly #source: Source;
  #offset = 0;

  constructor(source: Source) {
    this.#source = source;
  }

  next(): Token {
    this.#skipBlanks();
    const at = this.#here();
    const sign = this.#match(/[()'`]|,@?|#;/y);
    if (sign !== undefined) return { is: 'sign', sign: toSign(sign), at };
    if (this.#offset === this.#source.text.length) return { is: 'end' };
    return { is: 'datum', datum: this.#readString(at) ?? this.#readWord(at) };
  }

  #here(): Position {
    return { source: this.#source, offset: this.#offset };
  }

  /** What stands there and fits, and goes behind it. */
  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#offset;
    const [found] = pattern.exec(this.#source.text) ?? [];
    this.#offset += found?.length ?? 0;
    return found;
  }

  #skipBlanks(): void {
    do this.#match(/(?:[ \t\n\r\f]|;[^\n]*)+/y);
    while (this.#skipBlockComment());
  }

  /** `#| … |#`, which may stand in each other. */
  #skipBlockComment(): boolean {
    const at = this.#here();
    if (this.#match(/#\|/y) === undefined) return false;
    for (let depth = 1; depth > 0;) {
      this.#match(/[^|#]+/y);
      const sign = this.#match(/#\||\|#|[|#]/y);
      if (sign === undefined) {
        refuse(at, { found: 'a comment that does not end', allowed: 'a comment that |# ends' });
      }
      depth += { '#|': 1, '|#': -1 }[sign] ?? 0;
    }
    return true;
  }

  #readString(at: Position): Datum | undefined {
    if (this.#match(/"/y) === undefined) return undefined;
    let value = '';
    for (;;) {
      value += this.#match(/[^"\\]+/y) ?? '';
      const escapedAt = this.#here();
      const piece = this.#match(/"|\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{6}|[^xuU])/y);
      if (piece === '"') return { is: 'string', value, at };
      const meant = piece === undefined ? undefined : readEscape(piece);
      if (meant !== undefined) value += meant;
      else refuseInString(at, escapedAt);
    }
  }

  #readWord(at: Position): Datum {
    const word = this.#match(/[^ \t\n\r\f()"';`,]+/y) ?? this.#match(/[^]/y) ?? '';
    return toAtom(word, at) ?? refuse(at, { found: nameWord(word), allowed: atoms });
  }
}

function toSign(text: string): Sign {
  switch (text) {
    case '(':
    case ')':
    case "'":
    case '`':
    case ',':
    case ',@':
      return text;
    default:
      return '#;';
  }
}

function refuseInString(at: Position, escapedAt: Position): never {
  const { text } = escapedAt.source;
  if (escapedAt.offset >= text.length - 1) {
    return refuse(at, { found: 'a text that does not end', allowed: 'a text with a closing "' });
  }
  const escaped = String.fromCodePoint(text.codePointAt(escapedAt.offset + 1) ?? 0);
  return refuse(escapedAt, {
    found: `\\${escaped} in a text`,
    allowed: '\\" \\\\ \\n \\t \\r \\a \\b \\f \\v \\0 \\xHH \\uHHHH \\UHHHHHH',
  });
}

function readEscape(escape: string): string | undefined {
  const [, kind = '', digits] = /^\\([xuU])([\da-fA-F]+)$/.exec(escape) ?? [];
  if (digits === undefined) return escapes[escape.slice(1)];
  const code = Number.parseInt(digits, 16);
  const isCharacter = code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
  return kind !== '' && isCharacter ? String.fromCodePoint(code) : undefined;
}

/** A backslash at the end of a line joins it with the next. */
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '\n': '',
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
  '0': '\0',
};

const atoms = 'a text, a whole number, #t, #f, a symbol or a keyword';

function toAtom(word: string, at: Position): Datum | undefined {
  if (word === '#t' || word === '#true') return { is: 'boolean', value: true, at };
  if (word === '#f' || word === '#false') return { is: 'boolean', value: false, at };
  const keyword = /^#:(.+)$/.exec(word)?.[1];
  if (keyword !== undefined && symbol.test(keyword)) return { is: 'keyword', name: keyword, at };
  const value = readInteger(word);
  if (value !== undefined) return { is: 'integer', value, at };
  return symbol.test(word) ? { is: 'symbol', name: word, at } : undefined;
}

/** What Guile takes for a symbol, less what it would take for a number that we don't read. */
const symbol = /^(?![+-]?\.?\d)(?!\.$)[^\p{C}\p{Z}#|[\]{}'"`,;()][^\p{C}\p{Z}|[\]{}'"`,;()]*$/u;

const bases: Readonly<Record<string, number>> = { b: 2, o: 8, d: 10, x: 16 };

function readInteger(word: string): number | undefined {
  const [, base = 'd', sign = '', digits = ''] =
    /^(?:#([bodx]))?([+-]?)([0-9a-f]+)$/i.exec(word) ?? [];
  const radix = bases[base.toLowerCase()] ?? 10;
  const isNumber = Array.from(digits).every((digit) => Number.parseInt(digit, 16) < radix);
  if (digits === '' || !isNumber) return undefined;
  const value = Number.parseInt(digits, radix);
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === '-' && value !== 0 ? -value : value;
}

/** Of what people write and this can't be, what it is. */
function nameWord(word: string): string {
  const gexp = /^#(?:~|\$@?|\+@?)/.exec(word)?.[0];
  if (gexp !== undefined) return `the G-expression ${gexp}`;
  if (word === '.') return 'a dotted pair';
  if (word.startsWith('#\\')) return `the character ${shorten(word)}`;
  if (/^[+-]?\.?\d/.test(word)) return `the number ${shorten(word)}`;
  return shorten(word);
}
