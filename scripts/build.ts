// npm run build: bundles src/ and makes dist/guix-entry-point for this machine. With
// --platform=linux/386 (repeatable, `all`): dist/platforms/linux/386, what /usr/local of an image gets.
import { parseArgs } from 'node:util';
import { path } from 'zx';
import { buildConfig, type Platform } from '../build.config.ts';
import { makeBundle } from './bundle.ts';
import { makeExecutable } from './executable.ts';
import { makeTree } from './program-tree.ts';
import { Missing, runScript } from './script.ts';

const output = path.join(import.meta.dirname, '..', buildConfig.outputDirectory);

/** Builds the executable for this machine and returns its path. */
export async function buildExecutable(): Promise<string> {
  const targets = Object.values(buildConfig.platforms).filter((target) => 'nodePackage' in target);
  const target = targets.find(({ arch }) => arch === process.arch);
  if (target === undefined) throw new Missing(`No Node base for ${process.arch}.`);
  const executable = path.join(output, buildConfig.name);
  await makeExecutable(await makeBundle(path.join(output, 'bundle')), target, executable);
  return executable;
}

/** Builds the trees for platforms and returns their paths. */
async function buildTrees(platforms: readonly Platform[]): Promise<readonly string[]> {
  const bundle = await makeBundle(path.join(output, 'platforms/bundle'));
  const trees = platforms.map((platform) => path.join(output, 'platforms', platform));
  // One after the other: what makes an executable changes the working directory.
  for (const [index, platform] of platforms.entries()) {
    await makeTree(bundle, buildConfig.platforms[platform], trees[index] ?? '');
  }
  return trees;
}

/** The platforms of the command line. */
function parsePlatforms(): readonly Platform[] {
  const { values } = parseArgs({ options: { platform: { type: 'string', multiple: true } } });
  const wanted = new Set(values.platform);
  const unknown = [...wanted].filter((word) => word !== 'all' && !isPlatform(word));
  if (unknown.length === 0)
    return platformNames.filter((name) => wanted.has(name) || wanted.has('all'));
  throw new Missing(
    `No such platform: ${unknown.join(' ')}. There are ${platformNames.join(' ')}.`,
  );
}

function isPlatform(word: string): word is Platform {
  return Object.hasOwn(buildConfig.platforms, word);
}

const platformNames = Object.keys(buildConfig.platforms).filter(isPlatform);

if (import.meta.main) {
  await runScript(async () => {
    const platforms = parsePlatforms();
    const built = platforms.length === 0 ? [await buildExecutable()] : await buildTrees(platforms);
    for (const file of built) console.log(`built ${path.relative('.', file)}`);
  });
}
