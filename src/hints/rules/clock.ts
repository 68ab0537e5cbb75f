import { statSync } from 'node:fs';
import type { Hint } from '../../errors/hint.ts';
import { isFetching } from '../derivation.ts';
import { hasBuilderSpoken, type Scene } from '../scene.ts';

/** The clock is behind: by it, this program has not been built yet, and certificates are not valid yet. */
export function findClockFault(scene: Scene): Hint | undefined {
  if (!isAboutServers(scene)) return undefined;
  const now = Date.now();
  const built = statSync(process.execPath).mtimeMs;
  if (built - now < day) return undefined;
  return {
    meaning: `The clock is wrong: it says ${renderDate(now)}, and guix-entry-point is of ${renderDate(built)}. By such a clock, no certificate of a server is valid yet. A container has the clock of its machine, where this sets it:`,
    command: 'sudo timedatectl set-ntp true',
  };
}

/** Certificates matter where something was to be fetched. */
function isAboutServers(scene: Scene): boolean {
  const { failed, servers, usesGit } = scene;
  if (!hasBuilderSpoken(scene)) return usesGit || servers.failed.length > 0;
  return failed.some(
    ({ derivation, words }) =>
      words.some((word) => /certificate/i.test(word)) && isFetching(derivation),
  );
}

const day = 24 * 60 * 60 * 1000; // ms

function renderDate(milliseconds: number): string {
  return new Date(milliseconds).toISOString().slice(0, 10);
}
