/** What Scheme code is made of: a symbol or a literal as it is written, a text, or a list. */
export type Datum = string | { readonly text: string } | readonly Datum[];

/** Comments, then parentheses, texts, quotation, and all other words. */
const token = /;[^\n]*|#\|[^]*?\|#|#;|[()[\]]|"(?:[^"\\]|\\[^])*"|['`,]@?|[^\s()[\]";'`,]+/g;

/** Reads code without running it; quotation is left out. What isn't closed goes to the end. */
export function readScheme(code: string): readonly Datum[] {
  const words = (code.match(token) ?? []).filter((word) => !/^(;|#\||['`,])/.test(word));
  let at = 0;
  function readList(): Datum[] {
    const list: Datum[] = [];
    for (;;) {
      const word = words[at++];
      if (word === undefined || word === ')' || word === ']') return list;
      if (word === '#;') readNext();
      else list.push(toDatum(word));
    }
  }
  function readNext(): void {
    const word = words[at++];
    if (word === '(' || word === '[') readList();
  }
  function toDatum(word: string): Datum {
    if (word === '(' || word === '[') return readList();
    return word.startsWith('"') ? { text: word.slice(1, -1) } : word;
  }
  return readList();
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
