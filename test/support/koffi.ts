import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where there is no executable: what would travel inside it is beside us. */
export const sea = { isSea: () => true, getRawAsset: (): Buffer => readFileSync(findKoffi()) };

function findKoffi(): string {
  const name = `${process.platform}-${process.arch}`;
  const file = `@koromix/koffi-${name}/${name.replace('-', '_')}/koffi.node`;
  return join(import.meta.dirname, '../../node_modules', file);
}
