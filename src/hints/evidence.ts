import type { Kind } from '../daemon/kind.ts';
import type { BuildLog, Event, Report } from '../events/event.ts';

type SubstitutesUsed = Extract<Event, { event: 'substitutes-used' }>;

/** A build that failed in this run. */
export type FailedBuild = {
  readonly derivation: string;
  /** How many lines its log has. */
  readonly lines: number;
  /** The line that a person should read first. */
  readonly firstError: string | undefined;
  /** The last lines of its log, and the first error. */
  readonly words: readonly string[];
};

/** What a run has told so far, as far as it says why it failed. */
export type Evidence = {
  /** How the daemon was started, if it was us. */
  readonly daemonArguments: readonly string[] | undefined;
  readonly daemonProgram: string | undefined;
  /** The group that this one builds as; `undefined`: as itself. */
  readonly buildUsersGroup: string | undefined;
  /** What the daemon said of itself. */
  readonly daemonWords: readonly string[];
  readonly failed: readonly FailedBuild[];
  /** When what failed began, in milliseconds since the epoch. */
  readonly since: number;
  /** The command has the daemon's client fetch by Git, by its own words. */
  readonly usesGit: boolean;
  /** What came from substitute servers, and those with which something went wrong. */
  readonly servers: Pick<SubstitutesUsed, 'bytes' | 'failed'>;
  /** Somebody else than we has talked to the daemon. */
  readonly usesDaemon: boolean;
  /** Whoever runs us wanted it to end. */
  readonly isInterrupted: boolean;
};

/** Everything is told as before; of it, `take` hands over what matters, and begins anew. */
export type EvidenceBox = {
  readonly report: Report;
  readonly take: () => Evidence;
};

/** Keeps what is told in a run for the case that it fails. It costs next to nothing as long as it doesn't. */
export function collectEvidence(tell: Report, kind: Kind): EvidenceBox {
  let daemon: Pick<Evidence, 'daemonArguments' | 'daemonProgram' | 'buildUsersGroup'> = {
    daemonArguments: undefined,
    daemonProgram: undefined,
    buildUsersGroup: undefined,
  };
  let kept = new Kept(kind);
  return {
    report(event) {
      if (event.event === 'daemon-started') {
        const { arguments: daemonArguments, program: daemonProgram, buildUsersGroup } = event;
        daemon = { daemonArguments, daemonProgram, buildUsersGroup };
      }
      kept.keep(event);
      tell(event);
    },
    take() {
      const taken = kept;
      kept = new Kept(kind);
      return { ...daemon, ...taken.read() };
    },
  };
}

class Kept {
  readonly #kind: Kind;
  readonly #daemonWords: string[] = [];
  readonly #failed: FailedBuild[] = [];
  /** Where the lines of the log that is told go. */
  #logWords: string[] = [];
  #since = Date.now();
  #usesGit = false;
  #servers: Evidence['servers'] = { bytes: 0, failed: [] };
  #usesDaemon = false;
  #isInterrupted = false;

  constructor(kind: Kind) {
    this.#kind = kind;
  }

  keep(event: Event): void {
    const { event: name } = event;
    if (name === 'daemon-said') this.#keepWords(event.line);
    // Of a daemon that was there before, we don't hear who talks to it.
    if (name === 'command-started') this.#keepCommand(event.command);
    if (name === 'build-log') this.#keepBuild(event);
    if (name === 'build-log-line') keepLast(this.#logWords, event.line);
    if (name === 'substitutes-used') this.#servers = event;
    if (name === 'signal-received' || name === 'signal-left') this.#isInterrupted = true;
  }

  read(): Omit<Evidence, 'daemonArguments' | 'daemonProgram' | 'buildUsersGroup'> {
    return {
      daemonWords: this.#daemonWords,
      failed: this.#failed,
      since: this.#since,
      usesGit: this.#usesGit,
      servers: this.#servers,
      usesDaemon: this.#usesDaemon,
      isInterrupted: this.#isInterrupted,
    };
  }

  #keepBuild({ derivation, state, isOlder, lines, firstError }: BuildLog): void {
    const text = firstError?.text;
    this.#logWords = text === undefined ? [] : [text];
    if (state !== 'failed' || isOlder) return;
    this.#failed.push({ derivation, lines, firstError: text, words: this.#logWords });
  }

  #keepCommand(command: readonly string[]): void {
    const words = command.flatMap(splitScript);
    this.#since = Date.now();
    const isClients = words.some((word) => namesProgram(word, this.#kind));
    this.#usesDaemon ||= isClients;
    this.#usesGit = isClients && words.some(namesGit);
  }

  /** The daemon tells of each that connects, us among them. */
  #keepWords(line: string): void {
    const client = /^accepted connection from pid (\d+)/.exec(line)?.[1];
    if (client === undefined) keepLast(this.#daemonWords, line);
    else this.#usesDaemon ||= Number(client) !== process.pid;
  }
}

/** The words of a script, as `sh -c` is given one, roughly: quotes and operators are between them. */
function splitScript(text: string): readonly string[] {
  return text.split(/[\s;|&()<>{}`'"$]+/);
}

/** A client or the daemon, and no file that has something to do with it: `/etc/guix/acl`, `/var/guix`. */
function namesProgram(word: string, { clients, program }: Kind): boolean {
  const [, name = ''] = /^(?:.*\/s?bin\/)?([^/]+)$/.exec(word) ?? [];
  return clients.test(name) || name === program;
}

function namesGit(word: string): boolean {
  return /^(?:pull|time-machine|--with-(?:branch|commit|git-url)=.*)$/.test(word);
}

function keepLast(words: string[], line: string): void {
  words.push(line);
  if (words.length > 200) words.shift();
}
