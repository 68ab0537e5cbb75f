import { createHash } from 'node:crypto';
import { makeStorePath } from './path.ts';

/** A build: what there is to know of it before it is done. */
export type Derivation = {
  /** Where the store has its file, and the text of that. */
  readonly path: string;
  readonly text: string;
  readonly output: string;
  /** What stands for it where it is an input of another, in hexadecimal. */
  readonly hash: string;
};

/** What a build is made of. */
export type Recipe = {
  readonly store: string;
  readonly name: string;
  readonly system: string;
  readonly builder: string;
  readonly arguments?: readonly string[];
  /** What the builder finds in its environment, beside `out`. */
  readonly variables: Readonly<Record<string, string>>;
  /** What else has to be built. */
  readonly inputs?: readonly Pick<Derivation, 'path' | 'hash'>[];
  /** What has to be in the store. */
  readonly sources?: readonly string[];
  /** The SHA-256 of the one file that comes of it, in hexadecimal, where that is known. */
  readonly contentHash?: string;
};

/**
 * As `derivation` in guix/derivations.scm makes it, and the daemon checks: the output's name has a
 * hash of all the rest, in which a hash stands for each input, and for a file whose content is known
 * only that (`hashDerivationModulo` in Nix).
 */
export function makeDerivation(recipe: Recipe): Derivation {
  const { store, name, inputs = [], sources = [], contentHash } = recipe;
  const content = `fixed:out:sha256:${contentHash}:`;
  const made = contentHash === undefined ? render(recipe, { by: 'hash', out: '' }) : content;
  const output = makeStorePath(`output:out:sha256:${sha256(made)}`, recipe);
  const text = render(recipe, { by: 'path', out: output });
  const references = [...inputs.map(({ path }) => path), ...sources].toSorted();
  const type = ['text', ...new Set(references), 'sha256', sha256(text)].join(':');
  const known = contentHash === undefined ? render(recipe, { by: 'hash', out: output }) : undefined;
  return {
    path: makeStorePath(type, { store, name: `${name}.drv` }),
    text,
    output,
    hash: sha256(known ?? `${content}${output}`),
  };
}

function render(recipe: Recipe, { by, out }: { by: 'hash' | 'path'; out: string }): string {
  const { system, builder, variables, inputs = [], sources = [], contentHash } = recipe;
  const names = new Set(inputs.map((input) => input[by]));
  const of = contentHash === undefined ? ['', ''] : ['sha256', contentHash];
  const fields = [
    list([tuple(['out', out, ...of].map(quote))]),
    list([...names].toSorted().map((name) => tuple([quote(name), '["out"]']))),
    list([...new Set(sources)].toSorted().map(quote)),
    quote(system),
    quote(builder),
    list((recipe.arguments ?? []).map(quote)),
    list(
      Object.entries({ ...variables, out })
        .toSorted(([one], [other]) => (one < other ? -1 : 1))
        .map((pair) => tuple(pair.map(quote))),
    ),
  ];
  return `Derive${tuple(fields)}`;
}

function list(items: readonly string[]): string {
  return `[${items.join(',')}]`;
}

function tuple(items: readonly string[]): string {
  return `(${items.join(',')})`;
}

function quote(text: string): string {
  const escaped = text.replaceAll(/["\\\n\r\t]/g, (letter) => escapes[letter] ?? letter);
  return `"${escaped}"`;
}

const escapes: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
};

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
