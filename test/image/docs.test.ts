import { runIn } from '../../scripts/machine.ts';
import {
  makeScript,
  parseBlock,
  readBlocks,
  splitOutputs,
  withoutHashes,
} from '../support/docs.ts';
import { expect, test } from '../support/containers.ts';
import { page, setUpPage } from '../support/image-page.ts';

const blocks = readBlocks(page, 'console');

test.beforeAll(async ({ engine }) => {
  await setUpPage(engine);
});

test('the page has what can be run', () => {
  expect(blocks).toHaveLength(8);
});

test.for(blocks.map((block) => [block.split('\n', 1)[0], block] as const))(
  'docs/image.md says what %s prints',
  async ([, block], { engine }) => {
    // The engine has no bridge, and these builds need no network.
    const steps = parseBlock(block.replaceAll('buildx build ', 'buildx build --network=none '));
    const { stdout } = await runIn(engine, ['bash', '-c', makeScript(steps)]);
    const outputs = splitOutputs(stdout).map(sortLines);
    expect(outputs).toEqual(steps.map(({ output }) => sortLines(output)));
  },
);

/** `docker run` hands on stdout and stderr apart, and nobody keeps their order. */
function sortLines(text: string): readonly string[] {
  return withoutHashes(text).split('\n').toSorted();
}
