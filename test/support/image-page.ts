import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { succeed } from '../../scripts/engine.ts';
import type { Machine } from '../../scripts/machine.ts';
import { readBlocks } from './docs.ts';

export const page = readFileSync(path.join(import.meta.dirname, '../../docs/image.md'), 'utf8');

/** Puts the page's Dockerfile, and the packages of its commands, where those are run. */
export async function setUpPage(machine: Machine): Promise<void> {
  const script = 'cp -r /fixtures/packages/. . && cat >Dockerfile';
  await succeed(machine, ['sh', '-ec', script], readBlocks(page, 'dockerfile').join(''));
}
