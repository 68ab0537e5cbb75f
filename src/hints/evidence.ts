import type { BuildLog, Event, Report } from '../events/event.ts';

type SubstitutesUsed = Extract<Event, { event: 'substitutes-used' }>;

/** A build that failed in this run. */
export type FailedBuild = { readonly derivation: string; readonly lines: number };

/** What a run has told so far, as far as it says why it failed. */
export type Evidence = {
  /** How the daemon was started, if it was us. */
  readonly daemonArguments: readonly string[] | undefined;
  readonly daemonProgram: string | undefined;
  /** What the daemon said of itself. */
  readonly daemonWords: readonly string[];
  readonly failed: readonly FailedBuild[];
  /** The last lines of the logs of these, and those that a person should read first. */
  readonly logWords: readonly string[];
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
export function collectEvidence(tell: Report): EvidenceBox {
  let daemon: Pick<Evidence, 'daemonArguments' | 'daemonProgram'> = {
    daemonArguments: undefined,
    daemonProgram: undefined,
  };
  let kept = new Kept();
  return {
    report(event) {
      if (event.event === 'daemon-started') {
        daemon = { daemonArguments: event.arguments, daemonProgram: event.program };
      }
      kept.keep(event);
      tell(event);
    },
    take() {
      const taken = kept;
      kept = new Kept();
      return { ...daemon, ...taken.read() };
    },
  };
}

class Kept {
  readonly #daemonWords: string[] = [];
  readonly #logWords: string[] = [];
  readonly #failed: FailedBuild[] = [];
  #servers: Evidence['servers'] = { bytes: 0, failed: [] };
  #usesDaemon = false;
  #isInterrupted = false;

  keep(event: Event): void {
    const { event: name } = event;
    if (name === 'daemon-said') this.#keepWords(event.line);
    // Of a daemon that was there before, we don't hear who talks to it.
    if (name === 'command-started') this.#usesDaemon ||= event.command.some(namesGuix);
    if (name === 'build-log' && event.state === 'failed' && !event.isOlder) this.#keepBuild(event);
    if (name === 'build-log-line') keepLast(this.#logWords, event.line);
    if (name === 'substitutes-used') this.#servers = event;
    if (name === 'signal-received' || name === 'signal-left') this.#isInterrupted = true;
  }

  read(): Omit<Evidence, 'daemonArguments' | 'daemonProgram'> {
    return {
      daemonWords: this.#daemonWords,
      failed: this.#failed,
      logWords: this.#logWords,
      servers: this.#servers,
      usesDaemon: this.#usesDaemon,
      isInterrupted: this.#isInterrupted,
    };
  }

  #keepBuild({ derivation, lines, firstError }: BuildLog): void {
    this.#failed.push({ derivation, lines });
    if (firstError !== undefined) keepLast(this.#logWords, firstError.text);
  }

  /** The daemon tells of each that connects, us among them. */
  #keepWords(line: string): void {
    const client = /^accepted connection from pid (\d+)/.exec(line)?.[1];
    if (client === undefined) keepLast(this.#daemonWords, line);
    else this.#usesDaemon ||= Number(client) !== process.pid;
  }
}

function namesGuix(word: string): boolean {
  return /\bguix\b/.test(word);
}

function keepLast(words: string[], line: string): void {
  words.push(line);
  if (words.length > 200) words.shift();
}
