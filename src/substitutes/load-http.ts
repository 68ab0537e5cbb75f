import { createRequire } from 'node:module';
import { getAsset, getRawAsset } from 'node:sea';
import { Script } from 'node:vm';
import type * as Http from './http.ts';

/**
 * What speaks HTTP is a bundle of its own inside the executable: in the main one, its mere presence
 * would cost every run 2 ms. To load it takes 20 ms in which nothing else moves; scripts/build.ts has
 * it compiled, which V8 takes if it is the same V8.
 */
export function loadHttp(): typeof Http {
  const cachedData = Buffer.from(getRawAsset('http.cache'));
  const script = new Script(getAsset('http.cjs', 'utf8'), { filename: 'http.cjs', cachedData });
  const module: { exports: unknown } = { exports: {} };
  const run: (given: typeof module, require: NodeJS.Require) => void = script.runInThisContext();
  run(module, createRequire(process.execPath));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what scripts/build.ts makes it of
  return module.exports as typeof Http;
}
