import { constants } from 'node:os';
import { renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import { ignoreSignal } from '../processes/libc.ts';
import { LogsArchive } from './archive.ts';
import type { Build } from './build.ts';
import { findBuilds, findOlderBuilds, type RunBuilds, type Search } from './find.ts';
import { showBuild, type ShownBuild } from './show.ts';
import { StepSummary } from './summary.ts';

type Wish = {
  readonly which: 'failed' | 'all';
  /** A `.tar.gz` that gets the logs, too. */
  readonly archive: string | undefined;
  /** A file of a CI job that is told of the failed builds, too. */
  readonly stepSummary: string | undefined;
  readonly lines: number;
  readonly report: Report;
};

type Place = {
  readonly directory: string;
  readonly isOlder: boolean;
  readonly since: number;
};

/** The build logs of a run: unpacked when something failed, handed over at its end. */
export class BuildLogs {
  readonly #wish: Wish;
  readonly #shown: ShownBuild[] = [];
  readonly #archive: LogsArchive | undefined;
  /** The derivations that have come to nothing by now, because others failed. */
  readonly #interrupted = new Set<string>();
  readonly #untried = new Set<string>();
  readonly #summary: StepSummary | undefined;

  constructor(wish: Wish) {
    const { archive, stepSummary, report } = wish;
    const summary = stepSummary === undefined ? undefined : new StepSummary(stepSummary, report);
    this.#summary = summary;
    this.#wish = { ...wish, report: summary === undefined ? report : tellBoth(report, summary) };
    this.#archive = archive === undefined ? undefined : new LogsArchive(archive, report);
    // Where no file may be as long as a log is (ulimit -f), that is to be told, and not our end.
    ignoreSignal(constants.signals.SIGXFSZ);
  }

  /** Unpacks the logs of this run's builds, shows those of the failed ones, and says how many it wrote. */
  async unpack(search: Search, directory: string): Promise<number | undefined> {
    const { which, report } = this.#wish;
    try {
      const found = await findBuilds(search);
      this.#note(found);
      const { builds, failed, interrupted, untried } = found;
      if (failed.length > 0) {
        report({
          event: 'builds-failed',
          failed: failed.map(({ derivation }) => derivation),
          interrupted: interrupted.map(({ derivation }) => derivation),
          untried,
        });
      }
      // Of derivations that were collected meanwhile, nobody knows what became of them.
      const unknown = builds.filter(({ state }) => state === 'unknown');
      const wanted = which === 'all' ? builds : failed.length > 0 ? failed : unknown;
      await this.#unpackEach(wanted, { directory, isOlder: false, since: search.since });
      return builds.length;
    } catch (error) {
      report({ event: 'build-logs-lost', reason: renderSystemError(error) });
      return undefined;
    }
  }

  /** Unpacks the logs of earlier runs, for a run that failed and wrote none. */
  async unpackOlder(search: Search, directory: string): Promise<void> {
    const { report } = this.#wish;
    try {
      const builds = await findOlderBuilds(search, mostOlder);
      if (builds.length === 0) return;
      const wanted = builds.slice(0, mostOlder);
      const isAll = wanted.length === builds.length;
      report({ event: 'older-logs', unpacked: wanted.length, isAll });
      await this.#unpackEach(wanted, { directory, isOlder: true, since: search.since });
    } catch (error) {
      report({ event: 'build-logs-lost', reason: renderSystemError(error) });
    }
  }

  /** Finishes what is made of all of them together. */
  async close(): Promise<void> {
    const undone = { interrupted: [...this.#interrupted], untried: [...this.#untried] };
    await this.#archive?.close(undone);
    await this.#summary?.close(undone);
  }

  /** What one command leaves undone, the next one may do. */
  #note({ builds, interrupted, untried }: RunBuilds): void {
    for (const { derivation } of builds) {
      this.#interrupted.delete(derivation);
      this.#untried.delete(derivation);
    }
    for (const { derivation } of interrupted) this.#interrupted.add(derivation);
    for (const derivation of untried) this.#untried.add(derivation);
  }

  async #unpackEach(builds: readonly Build[], place: Place): Promise<void> {
    for (const build of builds) {
      const shown = await showBuild(build, { ...place, ...this.#wish });
      if (shown === undefined) continue;
      this.#shown.push(shown);
      await this.#archive?.add(shown);
    }
  }
}

function tellBoth(report: Report, summary: StepSummary): Report {
  return (event) => {
    report(event);
    summary.follow(event);
  };
}

/** A store that is cleaned now and then keeps the logs of everything that it ever built. */
const mostOlder = 50;
