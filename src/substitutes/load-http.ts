import { createRequire } from 'node:module';
import { getAsset } from 'node:sea';
import { compileFunction } from 'node:vm';
import type * as Http from './http.ts';

const filename = 'http.cjs';
let compiled: ReturnType<typeof compileFunction> | undefined;

/**
 * What speaks HTTP is a bundle of its own inside the executable: in the main one, its mere presence
 * would cost every run 2 ms. This is the first 10 ms of loading it; nothing else moves meanwhile.
 */
export function compileHttp(): void {
  compiled ??= compileFunction(getAsset(filename, 'utf8'), ['module', 'require'], { filename });
}

/** Loads what speaks HTTP, which takes 30 ms more. */
export function loadHttp(): typeof Http {
  compileHttp();
  const module: { exports: unknown } = { exports: {} };
  compiled?.(module, createRequire(process.execPath));
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- scripts/build.ts makes it of that file
  return module.exports as typeof Http;
}
