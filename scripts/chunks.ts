// The chunks of a bundle inside an executable, where `require` knows Node's own modules only.
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { path } from 'zx';
import type { Bundle } from './bundle.ts';

/** What stands before the bundle's main file there: its `require` takes chunks from the assets. */
export const chunkLoader = `require = (${requireChunks.toString()})(require, module);\n`;

/** Each chunk as a function of what Node gives a module, which a script evaluates to. */
export async function wrapChunks({
  main,
  chunks,
}: Bundle): Promise<Readonly<Record<string, string>>> {
  const directory = path.dirname(main);
  const wrapped = Object.entries(chunks).map(async ([name, file]) => {
    const asset = path.join(directory, `${name}.asset`);
    const text = await readFile(file, 'utf8');
    await writeFile(asset, `(function (exports, require, module) {${text}\n})`);
    return [name, asset] as const;
  });
  return Object.fromEntries(await Promise.all(wrapped));
}

/**
 * A code cache is sorted by hashes with a seed: the same one gives the same bytes. V8 refuses what was
 * made with another --hash-seed, which this decides and is not compared.
 */
export const codeCacheSeed = '--random-seed=1';

/** What V8 has made of each chunk, for an executable that has the same Node as this process. */
export async function compileChunks(
  { main }: Bundle,
  wrapped: Readonly<Record<string, string>>,
): Promise<Readonly<Record<string, string>>> {
  const program = path.join(import.meta.dirname, 'compile-chunks.ts');
  const files = Object.values(wrapped);
  // The shortest of its runs.
  await promisify(execFile)(process.execPath, [
    codeCacheSeed,
    program,
    main,
    ...files,
    '--version',
  ]);
  const caches = Object.entries(wrapped).map(([name, file]) => [`${name}.cache`, `${file}.cache`]);
  return Object.fromEntries(caches);
}

/** Runs in front of main.cjs, as text: it can refer to nothing outside itself. */
function requireChunks(
  requireBuiltin: NodeJS.Require,
  main: NodeJS.Module,
): (name: string) => unknown {
  const loaded = new Map<string, { exports: unknown }>([['./main.cjs', main]]);
  function load(name: string): { exports: unknown } {
    const { getRawAsset, getAssetKeys } = requireBuiltin('node:sea');
    const { Script } = requireBuiltin('node:vm');
    const asset = name.slice(2);
    const cache = `${asset}.cache`;
    const script = new Script(Buffer.from(getRawAsset(asset)).toString(), {
      filename: asset,
      ...(getAssetKeys().includes(cache) ? { cachedData: Buffer.from(getRawAsset(cache)) } : {}),
    });
    const module = { exports: {} };
    loaded.set(name, module);
    script.runInThisContext()(module.exports, requireAny, module);
    return module;
  }
  function requireAny(name: string): unknown {
    return name.startsWith('./') ? (loaded.get(name) ?? load(name)).exports : requireBuiltin(name);
  }
  return requireAny;
}
