/** The text of a definition file. */
export type Source = {
  readonly file: string;
  readonly text: string;
  /** What its expressions have come to until now, in characters. */
  yield: number;
};

/** A place in one: how many UTF-16 units come before it. */
export type Position = { readonly source: Source; readonly offset: number };

/** What a definition file is made of. Lists are proper; `'x` is the list `(quote x)`, as everywhere. */
export type Datum =
  | { readonly is: 'string'; readonly value: string; readonly at: Position }
  | { readonly is: 'integer'; readonly value: number; readonly at: Position }
  | { readonly is: 'boolean'; readonly value: boolean; readonly at: Position }
  | { readonly is: 'symbol'; readonly name: string; readonly at: Position }
  /** `#:name`. */
  | { readonly is: 'keyword'; readonly name: string; readonly at: Position }
  | List;

export type List = {
  readonly is: 'list';
  readonly items: readonly Datum[];
  readonly at: Position;
};

/** A place as editors and compilers name it, both counted from 1; columns in characters. */
export function locate({ source: { file, text }, offset }: Position): {
  readonly file: string;
  readonly line: number;
  readonly column: number;
} {
  const before = text.slice(0, offset);
  const lineStart = before.lastIndexOf('\n') + 1;
  const line = before.split('\n').length;
  return { file, line, column: Array.from(before.slice(lineStart)).length + 1 };
}

/** The name that a list begins with: `let` of `(let …)`. */
export function headOf(datum: Datum): string | undefined {
  if (datum.is !== 'list') return undefined;
  const [head] = datum.items;
  return head?.is === 'symbol' ? head.name : undefined;
}

/** What stands there, in words. */
export function describeDatum(datum: Datum): string {
  if (datum.is !== 'list') return shorten(writeDatum(datum));
  if (datum.items.length === 0) return 'an empty list';
  const [head] = datum.items;
  return head?.is === 'symbol' ? `(${shorten(head.name)} …)` : 'a list';
}

/** The beginning of a name or a text: a line of ours stays one that can be read. */
export function shorten(text: string): string {
  const [start] = /^.{60}(?=.)/su.exec(text) ?? [];
  return start === undefined ? text : `${start}…`;
}

/** A datum as one line that reads as the same datum: without comments, each blank one space. */
export function writeDatum(datum: Datum): string {
  if (datum.is === 'list') return `(${datum.items.map(writeDatum).join(' ')})`;
  if (datum.is === 'string') return quoteString(datum.value);
  if (datum.is === 'boolean') return datum.value ? '#t' : '#f';
  if (datum.is === 'keyword') return `#:${datum.name}`;
  return datum.is === 'integer' ? String(datum.value) : datum.name;
}

/** A text as Scheme writes it, in one line. */
export function quoteString(text: string): string {
  return `"${text.replaceAll(/["\\\p{Cc}]/gu, escape)}"`;
}

/** A text without what would drive a terminal, or change the direction of writing. */
export function escapeControls(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}]/gu, escape);
}

function escape(letter: string): string {
  const code = letter.charCodeAt(0).toString(16);
  const escaped = code.length > 2 ? `\\u${code.padStart(4, '0')}` : `\\x${code.padStart(2, '0')}`;
  return escapes[letter] ?? escaped;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\t': '\\t',
  '\r': '\\r',
};
