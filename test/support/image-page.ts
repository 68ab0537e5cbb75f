import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { succeed } from '../../scripts/engine.ts';
import type { Machine } from '../../scripts/machine.ts';
import { readBlocks } from './docs.ts';

export const page = readFileSync(path.join(import.meta.dirname, '../../docs/image.md'), 'utf8');

/** The page's first block of YAML that has this in it: GitHub's workflow, or GitLab's. */
export function findYaml(part: string): string {
  return readBlocks(page, 'yaml').find((block) => block.includes(part)) ?? '';
}

const key = '4EA9B639D25F5AFED7D80738AD06030C0E1CDAAB3E4CD51B5E4C4FF65415D742';

/** Puts the files that the page's commands name where those are run. */
export async function setUpPage(machine: Machine): Promise<void> {
  await succeed(machine, ['cp', '--recursive', '/fixtures/packages/.', '.']);
  const files = {
    Dockerfile: readBlocks(page, 'dockerfile').join(''),
    'KEY.pub': `(public-key (ecc (curve Ed25519) (q #${key}#)))`,
    'channels.scm': `(list (channel (name 'guix) (url "https://example.org/guix.git")))`,
  };
  for (const [name, text] of Object.entries(files)) {
    await succeed(machine, ['sh', '-c', 'cat >"$0"', name], text);
  }
}
