import { quoteWords } from '../../events/quote.ts';
import { measureFileSystems, renderBytes } from '../../machine/space.ts';
import { findBuildDirectory, findBuildDirectoryFault } from '../build-directory.ts';
import type { Check, Finding, Machine } from '../check.ts';

/** Whether there is room left for what the daemon and its clients write. */
export const space: Check = {
  name: 'space',
  title: 'the room that is left for the store, builds, caches and logs',
  examine(machine) {
    const here = findWorkingDirectory();
    const fault = findBuildDirectoryFault(machine);
    const uses = [
      ...listUses(machine),
      ...(fault === undefined ? [building(findBuildDirectory(machine))] : []),
      ...(here === undefined ? [] : [unpacking(here)]),
    ];
    return [
      ...measureFileSystems(uses.map(({ place }) => place)).flatMap((left) => judge(left, uses)),
      ...(fault === undefined ? [] : [fault]),
      ...(here === undefined ? [nowhere] : []),
    ];
  },
};

/** `undefined`: it was removed. */
function findWorkingDirectory(): string | undefined {
  try {
    return process.cwd();
  } catch {
    return undefined;
  }
}

const nowhere: Finding = {
  state: 'odd',
  text: 'the working directory was removed',
  meaning: 'Many programs fail in it. Go to another:',
  command: 'cd /',
};

/** Something that is written somewhere. */
type Use = {
  readonly place: string;
  /** What it takes, as a rule: below that it is odd. */
  readonly bytes: number;
  readonly files: number;
  /** Nothing works without some room there. */
  readonly isVital: boolean;
  readonly meaning: string;
  readonly command: string;
};

const MiB = 2 ** 20;

/** With less, nothing is built: the daemon alone keeps 8 MiB of the store for itself. */
const vitalBytes = 32 * MiB;
const vitalFiles = 1000;

function listUses({ kind, environment }: Machine): readonly Use[] {
  const home = environment['HOME'] ?? '/';
  const collect = `guix-entry-point ${kind.commands.collectGarbage}`;
  return [
    {
      // `guix pull` alone makes 2 GiB, of some 60,000 files.
      place: kind.store,
      ...{ bytes: 3072 * MiB, files: 100_000, isVital: true, command: collect },
      meaning: 'Store items that nothing needs any more are removed by:',
    },
    {
      place: kind.stateDirectory(environment),
      ...{ bytes: 128 * MiB, files: 1000, isVital: true, command: collect },
      meaning: "The store's database is there. Store items that nothing needs are removed by:",
    },
    {
      place: kind.logDirectory(environment),
      ...{ bytes: 64 * MiB, files: 1000, isVital: true },
      meaning: "A build that can't write its log fails. Old logs are removed by:",
      command: `find ${quoteWords([`${kind.logDirectory(environment)}/drvs`])} -type f -mtime +7 -delete`,
    },
    {
      // The checkout of Guix's own channel, with its history; Nixpkgs without.
      place: environment['XDG_CACHE_HOME'] || `${home}/.cache`,
      ...{ bytes: 1024 * MiB, files: 50_000, isVital: false },
      meaning: `Checkouts of channels are there, and ${kind.greediest} need more. To have them elsewhere:`,
      command: 'XDG_CACHE_HOME=DIRECTORY guix-entry-point …',
    },
  ];
}

function building(place: string): Use {
  return {
    place,
    // The sources of a larger package, unpacked and built.
    ...{ bytes: 1024 * MiB, files: 50_000, isVital: true },
    meaning: 'Packages are built there. To have them built where there is more room:',
    command: 'TMPDIR=DIRECTORY guix-entry-point …',
  };
}

function unpacking(place: string): Use {
  return {
    place,
    ...{ bytes: 16 * MiB, files: 100, isVital: false },
    meaning: 'Logs of failed builds are unpacked there. To have them elsewhere:',
    command: 'guix-entry-point --logs-directory=DIRECTORY …',
  };
}

/** What is left of a file system. */
type Left = {
  readonly paths: readonly string[];
  readonly available: number;
  readonly files: number | undefined;
};

/** By what the most demanding of its uses takes. */
function judge({ paths, available, files }: Left, uses: readonly Use[]): readonly Finding[] {
  const text = `${paths.join(', ')}: ${renderBytes(available)}${renderFiles(files)} free`;
  const here = uses.filter(({ place }) => paths.includes(place));
  const left = files ?? Number.POSITIVE_INFINITY;
  const short = here.filter((use) => available < use.bytes || left < use.files);
  const [first] = short;
  if (first === undefined) return [{ state: 'fine', text }];
  const isFull = available < vitalBytes || left < vitalFiles;
  const vital = isFull ? short.find(({ isVital }) => isVital) : undefined;
  const { meaning, command } = vital ?? first;
  return [{ state: vital === undefined ? 'odd' : 'broken', text, meaning, command }];
}

/** A file system that has no limit of its own says nothing of it. */
function renderFiles(files: number | undefined): string {
  return files === undefined ? '' : ` and ${files.toLocaleString('en')} files`;
}
