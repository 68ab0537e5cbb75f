import { createHash } from 'node:crypto';

/** A build: what there is to know of it before it is done. */
export type Derivation = {
  /** The text of its file in the store. */
  readonly text: string;
  readonly output: string;
};

/** What a build without inputs, but for its builder, is made of. */
type Recipe = {
  readonly store: string;
  readonly name: string;
  readonly system: string;
  /** In the store. */
  readonly builder: string;
  /** What the builder finds in its environment, beside `out`. */
  readonly variables: Readonly<Record<string, string>>;
};

/**
 * As `derivation` in guix/derivations.scm makes it, and the daemon checks: the output's name has a
 * hash of all the rest.
 */
export function makeDerivation(recipe: Recipe): Derivation {
  const hash = createHash('sha256').update(render(recipe, '')).digest();
  const output = makeStorePath(recipe, `output:out:sha256:${hash.toString('hex')}`);
  return { text: render(recipe, output), output };
}

function render({ system, builder, variables }: Recipe, out: string): string {
  const all = Object.entries({ ...variables, out }).toSorted(([one], [other]) =>
    one < other ? -1 : 1,
  );
  const pairs = all.map(([name, value]) => `(${quote(name)},${quote(value)})`);
  const output = `("out",${quote(out)},"","")`;
  return `Derive([${output}],[],[${quote(builder)}],${quote(system)},${quote(builder)},[],[${pairs.join(',')}])`;
}

/** None of our texts has anything to escape. */
function quote(text: string): string {
  return `"${text}"`;
}

function makeStorePath({ store, name }: Recipe, of: string): string {
  const hash = createHash('sha256').update(`${of}:${store}:${name}`).digest();
  return `${store}/${encodeNixBase32(compress(hash, 20))}-${name}`;
}

/** So many bytes, of which each has to do with all that fall on it. */
function compress(hash: Buffer, length: number): Buffer {
  const compressed = Buffer.alloc(length);
  for (const [index, byte] of hash.entries()) {
    const place = index % length;
    compressed.writeUInt8(compressed.readUInt8(place) ^ byte, place);
  }
  return compressed;
}

const digits = '0123456789abcdfghijklmnpqrsvwxyz';

/** As Nix and Guix write hashes: five bits each, from the end. */
function encodeNixBase32(bytes: Buffer): string {
  let number = BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < Math.ceil((bytes.length * 8) / 5); digit++) {
    text = `${digits[Number(number & 31n)]}${text}`;
    number >>= 5n;
  }
  return text;
}
