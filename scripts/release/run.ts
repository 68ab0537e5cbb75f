// npm run release: makes a release, or goes on with one. docs/releases.md says what it has.
import { runScript } from '../script.ts';
import { readRelease } from './options.ts';
import { runRelease } from './steps.ts';

await runScript(async () => runRelease(await readRelease(process.argv.slice(2), process.env)));
