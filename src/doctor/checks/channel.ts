import { realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { findPulled } from '../../daemon/guix.ts';
import { errorCode, renderSystemError } from '../../errors/system.ts';
import { quoteWords } from '../../events/quote.ts';
import { openRegular } from '../../files/compare.ts';
import { findHome } from '../../processes/home.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { type Datum, findEntries, findForms, readField, readScheme } from '../scheme.ts';

/** A channel, and the commit of it that is pinned or runs. */
type Channel = { readonly name: string; readonly commit: string };

/** Whether the Guix that runs is the one that channels.scm pins. Nothing is fetched for it. */
export const channel: Check = {
  name: 'channel',
  title: 'whether the commits that channels.scm pins are those that run',
  only: 'guix',
  async examine({ given }) {
    for (const file of listPlaces(given)) {
      const code = await read(file);
      if (code !== undefined) return judge(file, code, given);
    }
    return [{ state: 'fine', text: 'there is no channels.scm: nothing is pinned' }];
  },
};

async function judge(
  file: string,
  code: Code | Error,
  given: Machine['given'],
): Promise<readonly Finding[]> {
  if (code instanceof Error) return [unreadable(file, code)];
  const pinned = readChannels(code);
  if (pinned.length === 0) return [{ state: 'fine', text: `${file} pins no commit` }];
  const pulled = findPulled(given);
  const manifest = pulled === undefined ? undefined : await read(join(pulled, 'manifest'));
  if (manifest === undefined || manifest instanceof Error) return [unpulled(file, pinned)];
  return compare(file, pinned, readManifest(manifest));
}

function unreadable(file: string, error: Error): Finding {
  return {
    state: 'odd',
    text: `${file} can't be read: ${renderSystemError(error)}`,
    meaning: "So it is not known what it pins, and 'guix pull' may fail. What it is:",
    command: quoteWords(['ls', '-lL', file]),
  };
}

/** Where `guix pull` looks, in its order. */
function listPlaces(given: Machine['given']): readonly string[] {
  const home = findHome(given);
  const configuration = given['XDG_CONFIG_HOME'] || join(home, '.config');
  return [join(configuration, 'guix/channels.scm'), '/etc/guix/channels.scm'];
}

type Code = readonly Datum[];

/** What a file is made of, or what keeps it from being read; `undefined`: there is none. */
async function read(file: string): Promise<Code | Error | undefined> {
  try {
    await using opened = await openRegular(await realpath(file));
    return readScheme(decoder.decode(await opened.readFile()));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    return errorCode(error) === 'ENOENT' ? undefined : error;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true });

/** The channels in forms such as `(channel (name 'guix) (url …) (commit "…"))`. */
function readChannels(code: Code): readonly Channel[] {
  return findForms(code, 'channel').flatMap((one) => {
    const [name, commit] = [readField(one, 'name'), readField(one, 'commit')];
    return name === undefined || commit === undefined ? [] : [{ name, commit }];
  });
}

/** In a profile of `guix pull` an entry is named as its channel is, which older ones note only there. */
function readManifest(code: Code): readonly Channel[] {
  return findEntries(code).flatMap(({ name, entry }) => {
    const [commit] = findForms(entry, 'repository').map((form) => readField(form, 'commit'));
    return commit === undefined ? [] : [{ name, commit }];
  });
}

function compare(
  file: string,
  pinned: readonly Channel[],
  running: readonly Channel[],
): readonly Finding[] {
  const commits = new Map(running.map(({ name, commit }) => [name, commit]));
  const others = pinned.filter(
    ({ name, commit }) => commits.get(name)?.startsWith(commit) !== true,
  );
  if (others.length === 0) {
    const all = pinned.map(({ name, commit }) => `${name} ${shorten(commit)}`).join(', ');
    return [{ state: 'fine', text: `what ${file} pins is what runs: ${all}` }];
  }
  return others.map(({ name, commit }) => {
    const its = commits.get(name);
    const runs = its === undefined ? 'it is not there' : `${shorten(its)} runs`;
    return {
      state: 'odd',
      text: `${file} pins ${name} to ${shorten(commit)}, and ${runs}`,
      ...pull(file),
    };
  });
}

function unpulled(file: string, pinned: readonly Channel[]): Finding {
  const all = pinned.map(({ name, commit }) => `${name} to ${shorten(commit)}`).join(', ');
  return {
    state: 'odd',
    text: `${file} pins ${all}, and what runs was not made by 'guix pull'`,
    ...pull(file),
  };
}

function pull(file: string): Pick<Finding, 'meaning' | 'command'> {
  return {
    meaning: 'Builds are of other versions than were meant. To have those that are pinned:',
    command: quoteWords(['guix-entry-point', 'guix', 'pull', `--channels=${file}`]),
  };
}

/** As Guix shows commits. */
function shorten(commit: string): string {
  return commit.slice(0, 7);
}
