/** An s-expression as libgcrypt writes keys and signatures: an atom, or a list of these. */
export type Sexp = string | readonly Sexp[];

/** What an s-expression is made of: parentheses, `#68EX#`, `"text"`, and bare words. */
const token = /[()]|#[\s0-9A-Fa-f]*#|"(?:[^"\\]|\\[^])*"|[^\s()"#]+/g;

/**
 * Reads one s-expression in libgcrypt's advanced form. Bytes are given in hexadecimal, in
 * capitals and without blanks, so that what means the same is the same. Throws a SyntaxError.
 */
export function parseSexp(text: string): Sexp {
  const tokens = text.match(token) ?? [];
  if (text.replaceAll(token, '').trim() !== '') throw new SyntaxError('stray characters');
  let at = 0;
  function read(depth: number): Sexp {
    if (depth > deepest) throw new SyntaxError('it is too deep');
    const next = tokens[at++];
    if (next === undefined) throw new SyntaxError('it ends too early');
    if (next === ')') throw new SyntaxError('a parenthesis too many');
    if (next !== '(') return readAtom(next);
    const list: Sexp[] = [];
    while (tokens[at] !== ')') list.push(read(depth + 1));
    at++;
    return list;
  }
  const sexp = read(0);
  if (at < tokens.length) throw new SyntaxError('something stands behind it');
  return sexp;
}

/** Lists in lists: an access control list has five. */
const deepest = 20;

/**
 * libgcrypt writes bytes in hexadecimal, except where they all happen to be printable in ISO 8859-1:
 * then as text. Of signatures, one in 2000 has such bytes.
 */
function readAtom(atom: string): string {
  if (atom.startsWith('#')) return atom.replaceAll(/\s/g, '').toUpperCase();
  if (!atom.startsWith('"')) return atom;
  const bytes = atom
    .slice(1, -1)
    .replaceAll(/\\(?:x([0-9A-Fa-f]{2})|([^]))/g, (_, hex?: string, letter = '') =>
      hex === undefined ? (escapes[letter] ?? letter) : String.fromCharCode(parseInt(hex, 16)),
    );
  if (/^[A-Za-z][\w-]*$/.test(bytes)) return bytes;
  return `#${Buffer.from(bytes, 'latin1').toString('hex').toUpperCase()}#`;
}

const escapes: Readonly<Record<string, string>> = {
  b: '\b',
  t: '\t',
  v: '\v',
  n: '\n',
  f: '\f',
  r: '\r',
};

/** The text of an s-expression, the same for all that mean the same. */
export function renderSexp(sexp: Sexp): string {
  return typeof sexp === 'string' ? sexp : `(${sexp.map(renderSexp).join(' ')})`;
}

/** The lists inside a list that begin with a word. */
export function findLists(sexp: Sexp | undefined, word: string): readonly (readonly Sexp[])[] {
  if (sexp === undefined || typeof sexp === 'string') return [];
  return sexp.filter((one) => typeof one !== 'string').filter(([first]) => first === word);
}

/** What a path of words leads to: of `(a (b (c sha256 #01#)))`, `b`, `c` lead to `sha256`, `#01#`. */
export function follow(sexp: Sexp | undefined, ...path: readonly string[]): readonly Sexp[] {
  const [word, ...rest] = path;
  if (word === undefined) return typeof sexp === 'string' ? [] : (sexp ?? []).slice(1);
  return follow(findLists(sexp, word)[0], ...rest);
}
