import { EntryPointError, type Failure } from '../errors/failure.ts';
import type { Kind } from '../daemon/kind.ts';
import type { Report } from '../events/event.ts';
import { collectEvidence, type Evidence } from './evidence.ts';
import type { Place } from './scene.ts';

/** The hints of a run. */
export type Hints = {
  /** To be told instead of whoever `openHints` was given, who is told the same. */
  readonly report: Report;
  /** Tells a hint, if the command or line that failed with this status used the daemon and there is one. */
  readonly tell: (status: number, where: () => Place) => Promise<void>;
  /** Throws the error that kept a daemon from working, with its hint if there is one. */
  readonly explain: (error: unknown, where: () => Place) => Promise<never>;
};

/** Opens them without a rule at all: those are loaded when something has failed. */
export function openHints(tell: Report, kind: Kind): Hints {
  const { report, take } = collectEvidence(tell, kind);
  return {
    report,
    async tell(status, where) {
      const evidence = take();
      if (!isWorthExplaining(status, evidence)) return;
      const { findHint } = await import('./find.ts');
      const hint = await findHint({ ...where(), ...evidence });
      if (hint !== undefined) report({ event: 'hint', ...hint });
    },
    async explain(error, where) {
      const failure = error instanceof EntryPointError ? error.failure : undefined;
      if (failure === undefined || !isOfDaemon(failure)) throw error;
      const evidence = take();
      const { findHint } = await import('./find.ts');
      const daemonWords = [...evidence.daemonWords, ...readWords(failure)];
      const hint = await findHint({
        ...where(),
        ...evidence,
        // Without a directory for its socket, ours is not begun with.
        ...(failure.kind === 'no-socket-directory' && { daemonArguments: [] }),
        daemonWords,
        isDaemonDown: true,
      });
      throw hint === undefined
        ? error
        : new EntryPointError({ ...failure, advice: hint }, { cause: error });
    },
  };
}

/** What ended by a signal, or after one, did as it was told. */
function isWorthExplaining(status: number, { usesDaemon, isInterrupted }: Evidence): boolean {
  return status !== 0 && status <= 128 && usesDaemon && !isInterrupted;
}

type DaemonFailure = Extract<Failure, { readonly advice?: unknown }>;

function isOfDaemon(failure: Failure): failure is DaemonFailure {
  return (
    failure.kind === 'daemon-exited' ||
    failure.kind === 'daemon-refused' ||
    failure.kind === 'daemon-silent' ||
    failure.kind === 'no-socket-directory'
  );
}

function readWords(failure: DaemonFailure): readonly string[] {
  if (failure.kind === 'daemon-refused') return [failure.reason];
  if (failure.kind !== 'no-socket-directory') return failure.words;
  return [`creating directory '${failure.directory}': ${failure.reason}`];
}
