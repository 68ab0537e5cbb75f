import { inject } from 'vitest';
import { thisPlatform } from '../../scripts/emulation.ts';
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
import { openPrompt } from '../support/terminal.ts';

const { platform } = inject('images');

/** Those that are for images of this platform; it is this machine's own where a block names none. */
const blocks = readBlocks(page, 'console').filter((block) => {
  const [, wanted = thisPlatform] = /--platform=(\S+)/.exec(block) ?? [];
  return wanted === platform;
});

test.beforeAll(async ({ engine }) => {
  await setUpPage(engine);
});

test('the page has what can be run', () => {
  expect(blocks).toHaveLength(platform === thisPlatform ? 8 : 1);
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

test('docs/image.md says how to have a prompt', async ({ engine }) => {
  const [, command] = /^A prompt is `(.*)`\.$/m.exec(page) ?? [];
  const prompt = await openPrompt(engine, command);
  await prompt.enter('guix --version | head -n1');
  await prompt.shows('\nguix (GNU Guix) 1.5.0\n');
  await prompt.enter('exit 3');
  expect(await prompt.ended).toBe(3);
});

/** `docker run` hands on stdout and stderr apart, and nobody keeps their order. */
function sortLines(text: string): readonly string[] {
  return withoutHashes(text).split('\n').toSorted();
}
