import { randomUUID } from 'node:crypto';
import { renderFoldTitle } from './build-log.ts';
import type { BuildLog } from './event.ts';
import type { Fold, Folding } from './folding.ts';

/**
 * GitLab CI, whose job logs have collapsible sections
 * (https://docs.gitlab.com/ci/jobs/job_logs/#custom-collapsible-sections). A marker is one only with
 * the CR and the control sequence at its end; in all other lines of ours these have been made visible.
 */
export const gitlab: Folding = { disarm: (line) => line, fold, point: () => [] };

function fold(log: BuildLog): Fold {
  if (log.shown === 0 || log.isOlder) return { begin: [], end: () => [] };
  // Unique in the job, of which we know nothing else.
  const name = `build-log-${randomUUID()}`;
  return {
    begin: [`${renderMarker('start', `${name}[collapsed=true]`)}+ ${renderFoldTitle(log)}`],
    end: () => [renderMarker('end', name)],
  };
}

function renderMarker(kind: 'start' | 'end', name: string): string {
  return `\x1b[0Ksection_${kind}:${Math.floor(Date.now() / 1000)}:${name}\r\x1b[0K`;
}
