// The program as Node runs it: CommonJS, one file of what every run needs, and chunks of what is loaded
// when it is used.
import { globSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { rolldown } from 'rolldown';
import { glob, path } from 'zx';
import { buildConfig } from '../build.config.ts';
import { findMistakes } from '../src/substitutes/check.ts';
import { builtInServers } from '../src/substitutes/servers.ts';

const root = path.join(import.meta.dirname, '..');
const source = path.join(root, 'src');

/** The files of the program that are the same on each platform. */
export type Bundle = {
  /** What is run. */
  readonly main: string;
  /** What it loads by `require('./NAME')`, by name. */
  readonly chunks: Readonly<Record<string, string>>;
  /** What travels with it, by the names that src/processes/assets.ts knows it by. */
  readonly assets: Readonly<Record<string, string>>;
};

/** Bundles src/ into a directory, which has nothing else then. */
export async function makeBundle(directory: string): Promise<Bundle> {
  await checkSubstitutes();
  await using bundler = await rolldown({
    cwd: root,
    input: { main: buildConfig.entry },
    platform: 'node',
    preserveEntrySignatures: 'allow-extension',
    transform: { target: `node${buildConfig.nodeVersion}` },
  });
  const { output } = await bundler.write({
    dir: directory,
    cleanDir: true,
    format: 'cjs',
    dynamicImportInCjs: false,
    chunkFileNames: ({ name, facadeModuleId }) => `${nameChunk(facadeModuleId) ?? name}.cjs`,
    entryFileNames: '[name].cjs',
    codeSplitting: {
      // Left to itself, it would put what chunks need as well into files of their own.
      groups: [{ debugName: 'main', name: groupMain }],
      includeDependenciesRecursively: false,
    },
  });
  const chunks = output.filter(({ fileName }) => fileName !== 'main.cjs');
  return {
    main: path.join(directory, 'main.cjs'),
    chunks: Object.fromEntries(
      chunks.map(({ fileName }) => [fileName, path.join(directory, fileName)]),
    ),
    assets: { ...findKeys(), 'seccomp.json': path.join(root, 'image/seccomp.json') },
  };
}

/** `doctor-run` for src/doctor/run.ts, of which there are others. */
function nameChunk(module: string | null): string | undefined {
  if (module === null) return undefined;
  const { dir, name } = path.parse(path.relative(source, module));
  return `${dir}-${name}`.replaceAll('/', '-');
}

type Modules = {
  getModuleInfo(id: string): { readonly importedIds: readonly string[] } | null;
};

/** `main`, if the entry can't be loaded without this module. */
function groupMain(module: string, modules: Modules): 'main' | null {
  needed ??= findNeeded(path.join(root, buildConfig.entry), modules);
  return needed.has(module) ? 'main' : null;
}

let needed: ReadonlySet<string> | undefined;

function findNeeded(entry: string, modules: Modules): ReadonlySet<string> {
  const found = new Set([entry]);
  // A set's iterator comes by what is added meanwhile.
  for (const id of found) {
    for (const imported of modules.getModuleInfo(id)?.importedIds ?? []) found.add(imported);
  }
  return found;
}

async function checkSubstitutes(): Promise<void> {
  const files = await glob('*.pub', { cwd: path.join(root, 'substitutes') });
  const entries = files.map(async (name) => {
    const text = await readFile(path.join(root, 'substitutes', name), 'utf8');
    return [name, text] as const;
  });
  const mistakes = findMistakes(builtInServers, new Map(await Promise.all(entries)));
  if (mistakes.length > 0) throw new Error(`substitutes/ has mistakes:\n${mistakes.join('\n')}`);
}

/** The public keys of the built-in list. */
function findKeys(): Readonly<Record<string, string>> {
  const files = globSync('substitutes/*.pub', { cwd: root });
  return Object.fromEntries(files.map((file) => [file, path.join(root, file)]));
}
