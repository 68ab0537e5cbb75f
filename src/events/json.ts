import { pino } from 'pino';
import { renderFailure } from '../errors/wording.ts';
import type { Report } from './event.ts';
import { levelOf } from './level.ts';
import { writeToStderr } from './stderr.ts';

/** Tells events as pino's JSON lines: `level`, `time` (ISO 8601), `event` and the event's own fields. */
export function openPino(): Report {
  const logger = pino(
    {
      level: 'debug',
      // Of processes, there are those that events name.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (line) => writeToStderr(disarm(line)) },
  );
  return (event) => {
    const words = event.event === 'failure' ? { message: renderFailure(event.failure) } : {};
    logger[levelOf[event.event]]({ ...event, ...words });
  };
}

/** GitHub Actions takes `##[NAME]` for a command, wherever it stands in a line. It means the same, written so. */
function disarm(line: string): string {
  return line.replaceAll('##[', '##\\u005b');
}
