import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { judge } from '../build-logs/find.ts';
import { listLogs, type StoredLog } from '../build-logs/tree.ts';
import { parseAddress, toConnectOptions } from '../daemon/address.ts';
import { chooseDaemon } from '../daemon/choose.ts';
import { findPresent, findValid } from '../daemon/validity.ts';
import { EntryPointError } from '../errors/failure.ts';
import { errorCode, renderSystemError } from '../errors/system.ts';
import type { Report } from '../events/event.ts';
import type { LogsRequest, Options } from '../options/options.ts';
import type { Circumstances, LoggedBuild } from './action.ts';
import { selectLogs } from './select.ts';

/** The builds that are asked for, the newest first. */
export async function searchBuilds(
  { names, options }: LogsRequest,
  { environment, report }: Circumstances,
): Promise<readonly LoggedBuild[]> {
  const { kind, socket } = chooseDaemon(options, environment);
  const directory = findTree(kind.logDirectory(environment));
  const logs = listLogs(directory, kind.store, (path, error) =>
    report({ event: 'log-unreadable', path, reason: renderSystemError(error) }),
  );
  const tree = { store: kind.store, directory, logs, socket, report };
  const builds =
    names.length > 0 ? await searchNamed(names, tree) : await searchByState(options.logs, tree);
  return builds.toSorted((one, other) => other.writtenAt - one.writtenAt);
}

/** The daemon's tree of logs, which is not there until something has been built. */
function findTree(logDirectory: string): string {
  const drvs = join(logDirectory, 'drvs');
  for (const directory of [logDirectory, drvs]) {
    try {
      readdirSync(directory);
    } catch (cause) {
      if (directory === drvs && errorCode(cause) === 'ENOENT') break;
      const reason = renderSystemError(cause);
      throw new EntryPointError({ kind: 'no-log-directory', directory, reason }, { cause });
    }
  }
  return drvs;
}

type Tree = {
  readonly store: string;
  readonly directory: string;
  readonly logs: readonly StoredLog[];
  readonly socket: string;
  readonly report: Report;
};

async function searchNamed(names: readonly string[], tree: Tree): Promise<readonly LoggedBuild[]> {
  const { store, directory, logs, report } = tree;
  const { selected, unmatched } = selectLogs(logs, names, store);
  for (const missing of unmatched) {
    const failure = { kind: 'log-not-found', ...missing, logs: logs.length, directory } as const;
    report({ event: 'failure', failure });
  }
  const builds = await askWhatBecame(selected, tree);
  const ended = new Set(builds.map(({ derivation }) => derivation));
  for (const { derivation } of selected.filter((log) => !ended.has(log.derivation))) {
    report({ event: 'failure', failure: { kind: 'build-unfinished', derivation } });
  }
  return builds;
}

async function searchByState(which: Options['logs'], tree: Tree): Promise<readonly LoggedBuild[]> {
  const { directory, logs, report } = tree;
  const builds = which === 'none' ? [] : await askWhatBecame(logs, tree);
  const wanted = builds.filter(({ state }) => which === 'all' || state === 'failed');
  if (wanted.length === 0) {
    const failure = { kind: 'no-log-selected', which, logs: logs.length, directory } as const;
    report({ event: 'failure', failure });
  }
  return wanted;
}

/** Asks the daemon at hand; where none answers, it goes by whether the outputs are there. */
function askWhatBecame(
  logs: readonly StoredLog[],
  { socket }: Tree,
): Promise<readonly LoggedBuild[]> {
  const address = parseAddress(socket);
  return judge(logs, {
    findValid: async (outputs) =>
      address.at === 'elsewhere'
        ? findPresent(outputs)
        : findValid(toConnectOptions(address), outputs),
  });
}
