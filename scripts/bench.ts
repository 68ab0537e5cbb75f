// npm run bench: what this program costs, beside what does the same without it, in one run.
import { benchCache } from './bench-cache.ts';
import { benchLogs } from './bench-logs.ts';
import { benchRuns } from './bench-runs.ts';
import { benchSubstitutes } from './bench-substitutes.ts';
import { buildExecutable } from './build.ts';
import { requireRoot, runScript } from './script.ts';

async function bench(): Promise<void> {
  requireRoot();
  await buildExecutable();
  console.log('Times of commands are medians; all commands in turns, in one run.\n');
  await benchRuns();
  await benchLogs();
  await benchSubstitutes();
  await benchCache();
}

if (import.meta.main) await runScript(bench);
