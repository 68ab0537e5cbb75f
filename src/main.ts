import packageJson from '../package.json' with { type: 'json' };
import { Interruption } from './command/signals.ts';
import { EntryPointError } from './errors/failure.ts';
import { failureStatus, statusOfFailure } from './errors/status.ts';
import type { Report } from './events/event.ts';
import { openReport, reportAsText } from './events/report.ts';
import { writeToStdout } from './events/stdout.ts';
import { renderHelp } from './options/help.ts';
import { parseRequest } from './options/parse.ts';
import { readAsset } from './processes/assets.ts';
import { signalStatus } from './processes/ending.ts';
import { exitAtOnce } from './processes/libc.ts';
import { readSurroundings } from './processes/surroundings.ts';
import { runSession } from './session.ts';

// Whatever ends us without a status of its own has not run the command.
process.exitCode = failureStatus.bug;

let report: Report = reportAsText;

/** From the command line and the environment to an exit status. Nothing else reads or sets these. */
async function main(): Promise<number> {
  try {
    const { words, environment } = readSurroundings();
    const request = parseRequest(words, environment);
    if (request.word === 'help') return print(renderHelp(request.of));
    if (request.word === 'version') return print(`guix-entry-point ${packageJson.version}\n`);
    if (request.word === 'seccomp-profile') return print(readAsset('seccomp.json').toString());
    report = await openReport(request.options, environment);
    if (request.word === 'logs') {
      const { runLogsWord } = await import('./logs-word/run.ts');
      return await runLogsWord(request, { environment, report });
    }
    if (request.word === 'substitutes') {
      const { runSubstitutesWord } = await import('./substitutes-word/run.ts');
      return await runSubstitutesWord(request, { environment, report });
    }
    if (request.word === 'doctor') {
      const { runDoctor } = await import('./doctor/run.ts');
      return await runDoctor(request, { environment, report });
    }
    if (request.word === 'bootstrap') {
      const { runBootstrap } = await import('./bootstrap/run.ts');
      return await runBootstrap(request, { environment, report });
    }
    return await runSession(request.task, request.options, { environment, report });
  } catch (error) {
    return reportError(error);
  }
}

function reportError(error: unknown): number {
  if (error instanceof Interruption) return signalStatus(error.signal);
  if (error instanceof EntryPointError) {
    report({ event: 'failure', failure: error.failure });
    return statusOfFailure[error.failure.kind];
  }
  report({
    event: 'bug',
    stack: error instanceof Error ? (error.stack ?? error.message) : String(error),
  });
  return failureStatus.bug;
}

function print(text: string): number {
  writeToStdout(text);
  return 0;
}

// A bug that no one catches must not leave a daemon behind: it ends the run as SIGTERM would.
let bug: number | undefined;
process.on('uncaughtException', (error) => {
  bug ??= reportError(error);
  process.emit('SIGTERM', 'SIGTERM');
});

async function run(): Promise<never> {
  const status = await main();
  exitAtOnce(bug ?? status);
  process.exit(bug ?? status);
}

void run();
