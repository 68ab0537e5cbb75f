import { createHash } from 'node:crypto';
import { makeStorePath } from '../../store/path.ts';
import { readHash } from './nix-hash.ts';

/** A store item, its references by their whole paths and in their order. */
export type Addressed = {
  readonly store: string;
  readonly storePath: string;
  readonly references: readonly string[];
};

/**
 * Whether an item's path follows from what it holds (`makeFixedOutputPathFromCA` in Nix's store-dir-config.cc):
 * nobody has to sign that. `address` is the narinfo's, as in `fixed:r:sha256:…`.
 */
export function isContentAddressed(address: string, item: Addressed): boolean {
  const [, way = '', text = ''] = /^(text:|fixed:(?:r:|git:)?)(.*)$/.exec(address) ?? [];
  const hash = readHash(text);
  if (hash === undefined) return false;
  const { storePath, references } = item;
  const hex = hash.bytes.toString('hex');
  const others = references.filter((reference) => reference !== storePath);
  const isSha256 = hash.algorithm === 'sha256';
  if (way === 'text:') return isSha256 && isNamed(['text', ...others], hex, item);
  if (way === 'fixed:r:' && isSha256) {
    const self = others.length < references.length ? ['self'] : [];
    return isNamed(['source', ...others, ...self], hex, item);
  }
  const fixed = `${way.replace('fixed:', 'fixed:out:')}${hash.algorithm}:${hex}:`;
  return references.length === 0 && isNamed(['output', 'out'], sha256(fixed).toString('hex'), item);
}

/** Whether it has the name that such an item gets. */
function isNamed(type: readonly string[], hex: string, { store, storePath }: Addressed): boolean {
  const name = storePath.slice(`${store}/`.length + hashLetters + 1);
  return storePath === makeStorePath([...type, 'sha256', hex].join(':'), { store, name });
}

const hashLetters = 32;

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
