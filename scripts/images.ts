// The images that tests run in: built once, and kept as long as what goes into them is the same.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { $, path } from 'zx';
import { buildConfig, type Platform } from '../build.config.ts';
import {
  bindProgram,
  buildImage,
  fixtures,
  openBuildEngine,
  repositoryBinds,
  testShell,
} from './build-engine.ts';
import { isEmulated, thisPlatform } from './emulation.ts';
import { type Engine, keepStorage, openEngine, succeed } from './engine.ts';
import { hashTrees } from './hash.ts';
import { provisionBase, provisionEngine } from './provision.ts';
import { say } from './script.ts';

const repository = path.join(import.meta.dirname, '..');

/** What the Dockerfile's targets are called in an engine: Guix alone, what is made of it, and Nix. */
const names = {
  guix: 'guix',
  image: 'guix-entry-point',
  rootless: 'guix-entry-point:rootless',
  nix: 'guix-entry-point:nix',
} as const;

/** Opens an engine with the images of a platform; `storage` is what `provideImages` has returned. */
export function openImageEngine(platform: Platform, storage: string): Promise<Engine> {
  return openEngine(repositoryBinds, { platform, storage });
}

/** Returns the storage of an engine that has built the images, with what the tests need in them. */
export async function provideImages(platform: Platform): Promise<string> {
  if (platform !== thisPlatform) await buildTree(platform);
  const directory = path.join(repository, buildConfig.outputDirectory, 'images', platform);
  const storage = path.join(directory, `${await hashInputs(platform)}.tar`);
  if (existsSync(storage)) return storage;
  const duration = isEmulated(platform) ? 'two minutes' : 'a quarter of a minute';
  say(`building the images of ${platform} (${duration})`);
  await buildImages(platform, storage);
  await removeOthers(storage);
  return storage;
}

/** What is made of the same at this moment begins with the same name. */
async function removeOthers(storage: string): Promise<void> {
  const { dir, base } = path.parse(storage);
  const others = (await readdir(dir)).filter((name) => !name.startsWith(base));
  for (const name of others) await rm(path.join(dir, name), { force: true });
}

/** In a process of its own: what makes an executable changes the working directory. */
async function buildTree(platform: Platform): Promise<void> {
  await $({ cwd: repository })`${process.execPath} scripts/build.ts --platform=${platform}`;
}

async function buildImages(platform: Platform, storage: string): Promise<void> {
  await using engine = await openBuildEngine([], { platform });
  const contexts = [
    `--file=${fixtures}/image.Dockerfile`,
    `--build-context=fixtures=${fixtures}`,
    `--build-context=shell=${testShell}`,
  ];
  for (const [target, name] of Object.entries(names)) {
    // Where it takes minutes, there is what most people use.
    if (isEmulated(platform) && target !== 'image') continue;
    await buildImage(engine, [`--target=${target}`, `--tag=${name}`]);
    const stage = `--target=${target === 'nix' ? 'nix' : 'guix'}`;
    await buildImage(engine, [...contexts, stage, `--build-arg=IMAGE=${name}`, `--tag=${name}`]);
  }
  await succeed(engine, ['docker', 'builder', 'prune', '--all', '--force']);
  await keepStorage(engine, storage);
}

/** A name for all that goes into them. */
async function hashInputs(platform: Platform): Promise<string> {
  const [program] = bindProgram(platform);
  const roots = [await provisionEngine(), await provisionBase(platform)];
  const files = await hashTrees(repository, [
    ...['Dockerfile', '.dockerignore', 'image', 'channels', path.relative(repository, program)],
    ...['scripts/images.ts', 'scripts/build-engine.ts', 'scripts/engine.ts'],
    ...['test/fixtures/image.Dockerfile', 'test/fixtures/packages'],
    'test/fixtures/programs/guix-without-network',
  ]);
  const inputs = [...roots, files].join('\n');
  return createHash('sha256').update(inputs).digest('hex').slice(0, 12);
}
