// A process of its own: runs a bundle's main file, loads the chunks that are given, and writes what V8 has
// made of each to `FILE.cache`. V8 takes that from the same Node on the same architecture.
// Arguments: main.cjs, files as `wrapChunks` writes them, and the program's own, which finds it as the last.
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';

const [node = '', , main = '', ...others] = process.argv;
const [chunks, word = ''] = [others.slice(0, -1), others.at(-1)];
const require = createRequire(main);

// A collection of garbage that comes in between would leave its marks in the cache.
setFlagsFromString('--no-flush-bytecode');

process.on('exit', () => {
  const scripts = chunks.map((file) => {
    const script = new Script(readFileSync(file, 'utf8'), { filename: basename(file) });
    const run: (...given: readonly unknown[]) => void = script.runInThisContext();
    run({}, require, {});
    return [file, script] as const;
  });
  // V8 takes a cache under the same flags only.
  setFlagsFromString('--flush-bytecode');
  for (const [file, script] of scripts) writeFileSync(`${file}.cache`, script.createCachedData());
});

process.argv = [node, main, 'guix-entry-point', word];
require(main);
