// What docs/bootstrap.md shows is what comes out.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from '../support/bootstrap-world.ts';
import {
  makeScript,
  parseBlock,
  readBlocks,
  splitOutputs,
  withoutHashes,
} from '../support/docs.ts';
import { expect, runIn } from '../support/real.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/bootstrap.md'), 'utf8');

test('the page’s definitions and commands', async ({ world }) => {
  for (const [stage, definitions] of readBlocks(page, 'scheme').entries()) {
    writeFileSync(world.at(`/job/bootstrap${stage}.scm`), definitions);
  }
  const steps = readBlocks(page, 'console').flatMap(parseBlock);
  expect(steps).toHaveLength(9);
  const { stdout } = await runIn(world, ['bash', '-c', makeScript(steps)]);
  expect(splitOutputs(stdout).map(normalize)).toEqual(steps.map(({ output }) => output));
});

function normalize(text: string): string {
  return withoutHashes(text)
    .replaceAll(/\b[0-9a-z]{52}\b/g, 'NAR-HASH')
    .replaceAll(/built in \d+\.\d s/g, 'built in N s');
}
