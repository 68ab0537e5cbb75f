import { createRequire } from 'node:module';
import { getAsset } from 'node:sea';
import { compileFunction } from 'node:vm';
import type * as Http from './http.ts';

/**
 * What speaks HTTP is a bundle of its own inside the executable: in the main one, its mere presence
 * would cost every run 2 ms. To load it takes 20 ms in which nothing else moves.
 */
export function loadHttp(): typeof Http {
  const filename = 'http.cjs';
  const run = compileFunction(getAsset(filename, 'utf8'), ['module', 'require'], { filename });
  const module: { exports: unknown } = { exports: {} };
  run(module, createRequire(process.execPath));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- scripts/build.ts makes it of that file
  return module.exports as typeof Http;
}
