import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { path } from 'zx';
import { say } from '../script.ts';
import { type BuildJson, parseBuildJson } from './build-json.ts';
import { downloadText } from './http.ts';
import type { Release } from './options.ts';
import { runStep } from './work.ts';

const output = 'last/build.json';

/** The build.json of the last release, which this one builds on; without one, it is the first. */
export async function readLast(release: Release): Promise<BuildJson> {
  const { directory, server, repository, version } = release;
  const url = `${server}/${repository}/releases/latest/download/build.json`;
  await runStep(directory, {
    name: 'last release',
    inputs: [url, version],
    outputs: [output],
    make: async (at) => {
      const text = await downloadText(url);
      if (text === undefined) say('there is no release yet: this is the first');
      parseBuildJson(text ?? '{}', url);
      await writeFile(at(output), text ?? '{}\n');
    },
  });
  return parseBuildJson(await readFile(path.join(directory, output), 'utf8'), url);
}

/** The entries of a release that is being made, of those architectures whose build came to its end. */
export async function readEntries(release: Release): Promise<BuildJson> {
  const { directory } = release;
  const found = release.platforms.filter(({ system }) => existsSync(entryFile(directory, system)));
  const entries = found.map(async ({ system }) => {
    const file = entryFile(directory, system);
    return Object.entries(parseBuildJson(await readFile(file, 'utf8'), file));
  });
  return Object.fromEntries((await Promise.all(entries)).flat());
}

/** A build.json of one architecture, written when all else of it is there. */
export function entryFile(directory: string, system: string): string {
  return path.join(directory, 'entries', `${system}.json`);
}
