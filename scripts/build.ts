// npm run build: bundles src/ and makes dist/guix-entry-point for this machine.
import { build } from 'esbuild';
import seaModule from '@yao-pkg/pkg/lib-es5/sea.js';
import { globSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Script } from 'node:vm';
import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { glob, path } from 'zx';
import { buildConfig, type Target } from '../build.config.ts';
import { Missing, runScript } from './script.ts';
import { findMistakes } from '../src/substitutes/check.ts';
import { builtInServers } from '../src/substitutes/servers.ts';

const root = path.join(import.meta.dirname, '..');

/** Builds the executable for this machine and returns its path. */
export async function buildExecutable(): Promise<string> {
  await checkSubstitutes();
  const [bundle, http] = await Promise.all([
    bundleSource(buildConfig.entry),
    bundleSource(buildConfig.httpEntry, '(function (module, require) {', '})'),
  ]);
  const target = findHostTarget();
  const output = path.join(root, buildConfig.outputDirectory, buildConfig.name);
  const assets = {
    ...findKeys(),
    'http.cjs': http,
    'http.cache': await compileAhead(http),
    'koffi.node': findKoffi(target),
  };
  await makeExecutable(bundle, { target, output, assets });
  return output;
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

/** Writes what V8 makes of a bundle, once it has run: this process is the Node that will run it. */
async function compileAhead(bundle: string): Promise<string> {
  const script = new Script(await readFile(bundle, 'utf8'), { filename: path.basename(bundle) });
  const run: (module: object, require: NodeJS.Require) => void = script.runInThisContext();
  run({ exports: {} }, createRequire(import.meta.url));
  const file = bundle.replace(/\.cjs$/, '.cache');
  await writeFile(file, script.createCachedData());
  return file;
}

function findHostTarget(): Target {
  const target = buildConfig.targets.find(
    ({ platform, arch }) => platform === process.platform && arch === process.arch,
  );
  if (target !== undefined) return target;
  throw new Missing(`No Node base for ${process.platform}-${process.arch}.`);
}

/**
 * pkg's simple SEA mode. Its command line takes neither a Node binary nor a SEA configuration, and
 * downloads the former; the function behind it takes both.
 */
async function makeExecutable(
  bundle: string,
  {
    target,
    output,
    assets,
  }: {
    readonly target: Target;
    readonly output: string;
    readonly assets: Readonly<Record<string, string>>;
  },
): Promise<void> {
  const { platform, arch, nodePackage } = target;
  const nodePath = `${output}.node`;
  const node = await readFile(path.join(root, 'node_modules', nodePackage, 'bin', 'node'));
  await writeFile(nodePath, makeDeaf(node), { mode: 0o755 });
  const options = {
    nodePath,
    seaConfig: { ...buildConfig.sea, assets },
    // A new file takes the place of one that may be running.
    targets: [
      { nodeRange: `node${buildConfig.nodeVersion}`, platform, arch, output: `${output}.new` },
    ],
  };
  await seaModule.default(bundle, options);
  await rename(`${output}.new`, output);
  await rm(nodePath);
}

/**
 * A Node that looks for other variables instead: it reads them before our first line, so nothing of
 * ours could keep them from it. Names of the same length leave everything in its place.
 */
function makeDeaf(node: Buffer): Buffer {
  for (const name of buildConfig.deafTo) {
    const places = findName(node, name);
    if (places.length === 0) throw new Error(`Node doesn't listen to ${name} any more`);
    for (const place of places) node.write('NONE', place, 'latin1');
  }
  return node;
}

/** Where a name stands that isn't a part of another. */
function findName(bytes: Buffer, name: string): number[] {
  const places: number[] = [];
  for (let at = bytes.indexOf(name); at !== -1; at = bytes.indexOf(name, at + 1)) {
    const around = String.fromCharCode(bytes[at - 1] ?? 0, bytes[at + name.length] ?? 0);
    if (!/[A-Z_]/.test(around)) places.push(at);
  }
  return places;
}

/** The public keys of the built-in list. */
function findKeys(): Readonly<Record<string, string>> {
  const files = globSync('substitutes/*.pub', { cwd: root });
  return Object.fromEntries(files.map((file) => [file, path.join(root, file)]));
}

/** koffi's native part for a target, from the package that npm has for each platform. */
function findKoffi({ platform, arch }: Target): string {
  const name = `@koromix/koffi-${platform}-${arch}/${platform}_${arch}/koffi.node`;
  return path.join(root, 'node_modules', name);
}

if (import.meta.main) {
  await runScript(async () => console.log(`built ${path.relative('.', await buildExecutable())}`));
}
