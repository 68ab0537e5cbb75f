/** What Scheme code is made of: a symbol or a literal as it is written, a text, or a list. */
export type Datum = string | { readonly text: string } | readonly Datum[];

/** Comments, then characters, parentheses, texts, quotation, and all other words. */
const token =
  /;[^\n]*|#\|[^]*?\|#|#;|#\\[^]\w*|[()[\]]|"(?:[^"\\]|\\[^])*"|['`,]@?|[^\s()[\]";'`,\0]+/g;

/** Lists in lists, as deep as a file that a person means to be read. */
const deepest = 200;

/**
 * Reads code without running it; quotation is left out. Throws where something isn't closed, or was
 * never opened, and where lists are too deep to be meant.
 */
export function readScheme(code: string): readonly Datum[] {
  // Nothing but space is between tokens.
  if (code.replaceAll(token, ' ').trim() !== '') throw new Error('it is no Scheme code');
  const words = (code.match(token) ?? []).filter((word) => !/^(;|#\||['`,])/.test(word));
  let at = 0;
  function readList(depth: number): Datum[] {
    if (depth > deepest) throw new Error('its lists are too deep');
    const list: Datum[] = [];
    for (;;) {
      const word = words[at++];
      const isEnd = word === undefined || isClosing(word);
      if (isEnd && (word === undefined) !== (depth === 0)) throw new Error(unbalanced);
      if (isEnd) return list;
      if (word === '#;') readNext(depth);
      else list.push(toDatum(word, depth));
    }
  }
  function readNext(depth: number): void {
    const word = words[at];
    // At the end of a list there is nothing that could be left out.
    if (word === undefined || isClosing(word)) return;
    at++;
    toDatum(word, depth);
  }
  function toDatum(word: string, depth: number): Datum {
    if (word === '(' || word === '[') return readList(depth + 1);
    return word.startsWith('"') ? { text: word.slice(1, -1) } : word;
  }
  return readList(0);
}

const unbalanced = 'its parentheses do not match';

function isClosing(word: string): boolean {
  return word === ')' || word === ']';
}

/** The lists that begin with a word, wherever they are. */
export function findForms(data: readonly Datum[], word: string): readonly (readonly Datum[])[] {
  return data.flatMap((datum) => {
    if (!isList(datum)) return [];
    return [...(datum[0] === word ? [datum] : []), ...findForms(datum, word)];
  });
}

/** The lists that begin with a text, wherever they are: `("guix" "1234567" "out" …)`. */
export function findEntries(
  data: readonly Datum[],
): readonly { readonly name: string; readonly entry: readonly Datum[] }[] {
  return data.filter(isList).flatMap((entry) => {
    const [first] = entry;
    return typeof first === 'object' && 'text' in first
      ? [{ name: first.text, entry }]
      : findEntries(entry);
  });
}

/** What stands behind a word in one of the lists in a form: `(commit "1234")`, `(name guix)`. */
export function readField(form: readonly Datum[], word: string): string | undefined {
  const field = form.filter(isList).find(([first]) => first === word);
  const value = field?.[1];
  if (value === undefined || isList(value)) return undefined;
  return typeof value === 'string' ? value : value.text;
}

function isList(datum: Datum): datum is readonly Datum[] {
  return Array.isArray(datum);
}
