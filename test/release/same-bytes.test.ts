// What docs/releases.md says of the program's bytes.
import { cp, rm, symlink } from 'node:fs/promises';
import { $, path } from 'zx';
import { thisPlatform } from '../../scripts/emulation.ts';
import { hashTrees } from '../../scripts/hash.ts';
import { expect, test } from '../support/directory.ts';

const repository = path.join(import.meta.dirname, '../..');
const sources = ['build.config.ts', 'package.json', 'scripts', 'src', 'substitutes', 'image'];

test('the same sources in the same directory give the same bytes', async ({ directory }) => {
  for (const name of sources) {
    await cp(path.join(repository, name), path.join(directory, name), { recursive: true });
  }
  await symlink(path.join(repository, 'node_modules'), path.join(directory, 'node_modules'));
  expect(await build(directory)).toBe(await build(directory));
});

/** The SHA-256 of what is built there from nothing. */
async function build(directory: string): Promise<string> {
  const platforms = path.join(directory, 'dist/platforms');
  await rm(platforms, { recursive: true, force: true });
  await $({ cwd: directory })`${process.execPath} scripts/build.ts --platform=${thisPlatform}`;
  return hashTrees(platforms, ['.']);
}
