import { readFileSync } from 'node:fs';
import { path } from 'zx';
import type { Engine } from '../../scripts/engine.ts';
import { openImageEngine } from '../../scripts/image-engine.ts';
import { type Machine, runIn } from '../../scripts/machine.ts';
import {
  makeScript,
  parseBlock,
  readBlocks,
  splitOutputs,
  withoutHashes,
} from '../support/docs.ts';
import { expect, test as base } from 'vitest';

const page = readFileSync(path.join(import.meta.dirname, '../../docs/image.md'), 'utf8');

const test = base.extend<{ engine: Engine }>({
  engine: [
    // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
    async ({}, use) => {
      await using engine = await openImageEngine();
      await setUp(engine);
      await use(engine);
    },
    { scope: 'file' },
  ],
});

/** The page's Dockerfile, and its images with the shell that our test packages run in. */
async function setUp(machine: Machine): Promise<void> {
  const script = `
    cp -r /fixtures/packages/. /job; mkdir -p image; cp /context/image/seccomp.json image
    for name in guix-entry-point guix-entry-point:rootless; do
      printf '%s\\n' "FROM $name" 'COPY . /usr/lib/guix-test-shell' | docker build --tag="$name" --file=- /guix-test-shell
    done
    cat >Dockerfile`;
  const input = readBlocks(page, 'dockerfile').join('');
  const { status, stderr } = await runIn(machine, ['bash', '-ec', script], { input });
  expect({ status, stderr }).toMatchObject({ status: 0 });
}

const blocks = readBlocks(page, 'console');

test('the page has what can be run', () => {
  expect(blocks).toHaveLength(4);
});

test.for(blocks.map((block) => [block.split('\n', 1)[0], block] as const))(
  'docs/image.md says what %s prints',
  async ([, block], { engine }) => {
    // The engine has no bridge, and these builds need no network.
    const steps = parseBlock(block.replaceAll('buildx build ', 'buildx build --network=none '));
    const { stdout } = await runIn(engine, ['bash', '-c', makeScript(steps)]);
    const outputs = splitOutputs(stdout).map(withoutHashes);
    expect(outputs).toEqual(steps.map(({ output }) => withoutHashes(output)));
  },
);
