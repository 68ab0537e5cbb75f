import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { hasAsset, readAsset } from '../processes/assets.ts';
import type * as Http from './http.ts';

/**
 * What speaks HTTP is a bundle of its own: in the main one, its mere presence
 * would cost every run 2 ms. To load it takes 20 ms in which nothing else moves; scripts/build.ts has
 * it compiled where it is for the V8 that it has itself.
 */
export function loadHttp(): typeof Http {
  const compiled = hasAsset('http.cache') ? { cachedData: readAsset('http.cache') } : {};
  const script = new Script(readAsset('http.cjs').toString(), {
    filename: 'http.cjs',
    ...compiled,
  });
  const module: { exports: unknown } = { exports: {} };
  const run: (given: typeof module, require: NodeJS.Require) => void = script.runInThisContext();
  run(module, createRequire(process.execPath));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what scripts/build.ts makes it of
  return module.exports as typeof Http;
}
