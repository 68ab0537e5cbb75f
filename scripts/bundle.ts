// The program as Node runs it: one CommonJS file for what every run needs, one for HTTP.
import { build } from 'esbuild';
import { globSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { glob, path } from 'zx';
import { buildConfig } from '../build.config.ts';
import { findMistakes } from '../src/substitutes/check.ts';
import { builtInServers } from '../src/substitutes/servers.ts';

const root = path.join(import.meta.dirname, '..');

/** The files of the program that are the same on each platform. */
export type Bundle = {
  readonly main: string;
  /** Those that travel with it, by the names that src/processes/assets.ts knows them by. */
  readonly assets: Readonly<Record<string, string>>;
  /** What this Node's V8 has made of `http.cjs`, for the same V8 on the same architecture. */
  readonly httpCache: string;
};

/** Bundles src/. */
export async function makeBundle(): Promise<Bundle> {
  await checkSubstitutes();
  const [main, http] = await Promise.all([
    bundleSource(buildConfig.entry),
    bundleSource(buildConfig.httpEntry, '(function (module, require) {', '})'),
  ]);
  return { main, assets: { ...findKeys(), 'http.cjs': http }, httpCache: await compileAhead(http) };
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

/** One CommonJS file: the only form that a single executable application can start from. */
async function bundleSource(entry: string, banner = '', footer = ''): Promise<string> {
  const outfile = path.join(root, buildConfig.outputDirectory, `${path.parse(entry).name}.cjs`);
  await build({
    absWorkingDir: root,
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: `node${buildConfig.nodeVersion}`,
    legalComments: 'eof',
    banner: { js: banner },
    footer: { js: footer },
    logLevel: 'warning',
  });
  return outfile;
}

/** The public keys of the built-in list. */
function findKeys(): Readonly<Record<string, string>> {
  const files = globSync('substitutes/*.pub', { cwd: root });
  return Object.fromEntries(files.map((file) => [file, path.join(root, file)]));
}

/** Writes what V8 makes of a bundle, once it has run: this process is the Node that will run it. */
async function compileAhead(bundle: string): Promise<string> {
  const script = new Script(await readFile(bundle, 'utf8'), { filename: path.basename(bundle) });
  const run: (module: object, require: NodeJS.Require) => void = script.runInThisContext();
  run({ exports: {} }, createRequire(import.meta.url));
  const file = bundle.replace(/\.cjs$/, '.cache');
  await writeFile(file, script.createCachedData());
  return file;
}
