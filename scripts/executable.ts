// A single executable: a Node from npm with the bundle inside.
import seaModule from '@yao-pkg/pkg/lib-es5/sea.js';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { path } from 'zx';
import { buildConfig, type Target } from '../build.config.ts';
import type { Bundle } from './bundle.ts';
import { chunkLoader, codeCacheSeed, compileChunks, wrapChunks } from './chunks.ts';
import { provideKoffi } from './koffi.ts';
import { providePackageFile } from './npm.ts';

/** The target of a single executable. */
export type ExecutableTarget = Required<Target>;

/** pkg's simple SEA mode; a new file takes the place of one that may be running. */
export async function makeExecutable(
  bundle: Bundle,
  target: ExecutableTarget,
  output: string,
): Promise<void> {
  const { nodeVersion, nodeOptions, sea } = buildConfig;
  const isOurs = target.arch === process.arch;
  const chunks = await wrapChunks(bundle);
  const seaConfig = {
    ...sea,
    execArgv: nodeOptions,
    useCodeCache: isOurs,
    assets: {
      ...bundle.assets,
      ...chunks,
      ...(isOurs ? await compileChunks(bundle, chunks) : {}),
      'koffi.node': await provideKoffi(target),
    },
  };
  const unfinished = `${output}.new`;
  const nodeRange = `node${nodeVersion}`;
  const targets = [
    { nodeRange, platform: 'linux' as const, arch: target.arch, output: unfinished },
  ];
  await mkdir(path.dirname(output), { recursive: true });
  const main = path.join(path.dirname(bundle.main), 'executable.cjs');
  await writeFile(main, chunkLoader + (await readFile(bundle.main, 'utf8')));
  await withNode(target, `${output}.home`, () => seaModule.default(main, { seaConfig, targets }));
  await rename(unfinished, output);
}

/**
 * pkg takes a Node for another architecture only from where it keeps its downloads, in the home
 * directory: so it is given a home that has it.
 */
async function withNode(
  target: ExecutableTarget,
  home: string,
  work: () => Promise<void>,
): Promise<void> {
  const downloads = path.join(home, '.pkg-cache/sea');
  const release = `node-v${buildConfig.nodeVersion}-linux-${target.arch}`;
  const node = path.join(downloads, release, 'bin/node');
  await mkdir(path.dirname(node), { recursive: true });
  const { HOME } = process.env;
  try {
    const isOurs = target.arch === process.arch;
    await writeFile(isOurs ? `${node}.real` : node, await readDeafNode(target), { mode: 0o755 });
    if (isOurs) await writeFile(node, seededNode, { mode: 0o755 });
    const archive = path.join(downloads, `${release}.tar.gz`);
    for (const file of [archive, `${archive}.ok`, `${node}.ok`]) await writeFile(file, '');
    process.env['HOME'] = home;
    await work();
  } finally {
    process.env['HOME'] = HOME;
    await rm(home, { recursive: true });
  }
}

/**
 * Stands where pkg finds our Node, which it runs once for the code cache before it copies it: with the
 * seed that compileChunks has, so that the same sources give the same bytes. Then it makes way.
 */
const seededNode = `#!/bin/sh
"$0.real" ${codeCacheSeed} "$@" && mv "$0.real" "$0"
`;

/**
 * A Node that looks for other variables instead: it reads them before our first line, so nothing of
 * ours could keep them from it. Names of the same length leave everything in its place.
 */
async function readDeafNode({ nodePackage }: ExecutableTarget): Promise<Buffer> {
  const file = await providePackageFile(nodePackage, buildConfig.nodeVersion, 'bin/node');
  const node = await readFile(file);
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
