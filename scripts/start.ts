// npm start: builds the executable and shows what a user gets of it, on a real Guix.
import { buildExecutable } from './build.ts';
import { demonstrate } from './demonstrate.ts';
import { requireRoot, runScript } from './script.ts';

await runScript(async () => {
  requireRoot();
  await buildExecutable();
  await demonstrate();
});
