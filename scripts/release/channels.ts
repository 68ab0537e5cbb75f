// Which Guix a release has: the newest of the channels that channels/channels.scm names.
import { readFile, writeFile } from 'node:fs/promises';
import { $, path } from 'zx';
import type { Release } from './options.ts';
import { Refusal } from './refusal.ts';
import { Flaky, retry } from './retry.ts';
import { runStep } from './work.ts';

const source = path.join(import.meta.dirname, '../../channels/channels.scm');

/** Has the release's `channels.scm` in it, and nothing else; from the release's directory. */
export const channelsDirectory = 'channels';

/** Looks once what is newest, so that all platforms get the same; `--pinned` leaves all as it is. */
export async function chooseChannels({ directory, version, isPinned }: Release): Promise<void> {
  const text = await readFile(source, 'utf8');
  const output = `${channelsDirectory}/channels.scm`;
  await runStep(directory, {
    name: 'channels',
    inputs: [text, version, isPinned],
    outputs: [output],
    make: async (at) => writeFile(at(output), isPinned ? text : await moveToNewest(text)),
  });
}

async function moveToNewest(text: string): Promise<string> {
  let moved = text;
  for (const { url, branch, commit } of parseChannels(text, source)) {
    moved = moved.replace(commit, await findNewest(url, branch));
  }
  return moved;
}

async function findNewest(url: string, branch: string): Promise<string> {
  const listed = await retry('git ls-remote', async () => {
    const words = ['ls-remote', url, `refs/heads/${branch}`];
    const { exitCode, stdout, stderr } = await $({ nothrow: true, quiet: true })`git ${words}`;
    if (exitCode !== 0) throw new Flaky(`${url} can't be read: ${stderr.trim()}`);
    return stdout;
  });
  const commit = /^[0-9a-f]{40}(?=\t)/.exec(listed)?.[0];
  if (commit === undefined) throw new Refusal(`${url} has no branch '${branch}'`);
  return commit;
}

export type Channel = {
  readonly name: string;
  readonly url: string;
  readonly branch: string;
  readonly commit: string;
};

/** The channels of a channels.scm, each pinned to a commit, Guix among them; `from` is where it stands. */
export function parseChannels(text: string, from: string): readonly Channel[] {
  const code = text.replaceAll(/^\s*;.*$/gm, '');
  const [, ...forms] = code.split(/\(channel(?=\s)/);
  const channels = forms.map((form) => parseChannel(form, from));
  if (channels.some(({ name }) => name === 'guix')) return channels;
  throw new Refusal(`${from} has no channel 'guix'`);
}

function parseChannel(form: string, from: string): Channel {
  const name = /\(name\s+'([^)\s]+)\s*\)/.exec(form)?.[1];
  const url = /\(url\s+"([^"]+)"\s*\)/.exec(form)?.[1];
  const branch = /\(branch\s+"([^"]+)"\s*\)/.exec(form)?.[1] ?? 'master';
  const commit = /\(commit\s+"([0-9a-f]{40})"\s*\)/.exec(form)?.[1];
  if (name === undefined || url === undefined || commit === undefined) {
    throw new Refusal(`${from} has a channel without name, URL or commit: (channel${form}`);
  }
  return { name, url, branch, commit };
}
