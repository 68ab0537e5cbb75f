import type { Report } from '../events/event.ts';
import type { Options } from '../options/options.ts';
import { startOfProcess } from '../processes/clock.ts';
import type { Search, Store } from './find.ts';
import type { BuildLogs } from './logs.ts';

/** The build logs of a run. */
export type RunLogs = {
  /** Deals with those that were written since the run began, or since it was asked last. */
  readonly unpack: (directory: string) => Promise<void>;
  /** The same; and where there are none, although the run failed, with older ones. */
  readonly unpackOrOlder: (directory: string) => Promise<void>;
  /** Finishes what is made of all of them together. */
  readonly close: () => Promise<void>;
};

type Wish = Store & {
  readonly options: Pick<Options, 'logs' | 'logsDirectory' | 'logsArchive' | 'logLines'>;
  /** The daemon writes its logs on this machine. */
  readonly isHere: boolean;
  readonly listItems: () => Search['items'];
  /** Waits until what runs by now is complete. */
  readonly settle: () => Promise<void>;
  /** A file of a CI job that is told of the failed builds. */
  readonly stepSummary: string | undefined;
  readonly report: Report;
};

/** Opens them without a look at any: what reads logs is loaded when there is something to read. */
export function openRunLogs({
  options,
  isHere,
  listItems,
  settle,
  stepSummary,
  ...wish
}: Wish): RunLogs {
  const { logs: which } = options;
  let loaded: Promise<BuildLogs> | undefined;
  let since = startOfProcess();

  let last = Promise.resolve();
  /** One after the other: a prompt may end while one of its lines is dealt with. */
  function queue(work: () => Promise<void>): Promise<void> {
    const done = last.then(work);
    // Whoever asked for it hears of its failure.
    last = done.catch(() => {});
    return done;
  }
  async function use(
    directory: string,
    work: (logs: BuildLogs, search: Search, place: string) => Promise<void>,
  ): Promise<void> {
    await settle();
    if (which === 'none' || !isHere) return;
    loaded ??= load(which);
    const search = { ...wish, since, items: listItems() };
    since = Date.now();
    await work(await loaded, search, options.logsDirectory ?? directory);
  }
  async function load(wanted: 'failed' | 'all'): Promise<BuildLogs> {
    const module = await import('./logs.ts');
    const { logsArchive: archive, logLines: lines } = options;
    const { report } = wish;
    return new module.BuildLogs({ which: wanted, archive, stepSummary, lines, report });
  }
  return {
    unpack: (directory) =>
      queue(() =>
        use(directory, async (logs, search, place) => void (await logs.unpack(search, place))),
      ),
    unpackOrOlder: (directory) =>
      queue(() =>
        use(directory, async (logs, search, place) => {
          const written = await logs.unpack(search, place);
          if (written === 0) await logs.unpackOlder(search, place);
        }),
      ),
    close: () => queue(async () => (await loaded)?.close()),
  };
}
