import { LogsArchive } from '../build-logs/archive.ts';
import { showBuild } from '../build-logs/show.ts';
import { writeToStdout } from '../events/stdout.ts';
import type { Action } from './action.ts';

/** Unpacks logs as after a failed run; their paths go to stdout, what they are of to stderr. */
export const unpackBuilds: Action = async (builds, { options }, { report }) => {
  // Where no file may be as long as a log is (ulimit -f), that is to be told, and not our end.
  process.on('SIGXFSZ', () => {});
  const { logsDirectory: directory = '.', logsArchive, logLines: lines } = options;
  const archive = logsArchive === undefined ? undefined : new LogsArchive(logsArchive, report);
  for (const build of builds) {
    const wish = { directory, lines, isOlder: true, since: Infinity, report };
    const unpacked = await showBuild(build, wish);
    if (unpacked === undefined) continue;
    // One that could not be left there has been told.
    if (unpacked.file !== build.log) writeToStdout(`${unpacked.file}\n`);
    await archive?.add(unpacked);
  }
  // Nobody knows any more what was not tried.
  await archive?.close({ interrupted: [], untried: [] });
};
