import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { listVariables } from '../../src/options/help.ts';
import { table } from '../../src/options/table.ts';
import {
  makeScript,
  parseBlock,
  readBlocks,
  splitOutputs,
  withoutHashes,
} from '../support/docs.ts';
import { expect, expectNothingSurvives, runIn, test } from '../support/real.ts';

const repository = join(import.meta.dirname, '../..');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');
const blocks = readBlocks(readme, 'console');

test('the README has what can be run', () => {
  expect(blocks).toHaveLength(5);
  expect(readme.split('\n').length).toBeLessThan(300);
});

test.for(blocks.map((block) => [block.split('\n', 1)[0], block] as const))(
  'the README says what %s prints',
  async ([, block], { world }) => {
    cpSync(join(repository, 'test/fixtures/packages'), world.at('/job'), { recursive: true });
    const steps = parseBlock(block);
    const { stdout } = await runIn(world, ['bash', '-c', makeScript(steps)]);
    expect(splitOutputs(stdout).map(withoutHashes)).toEqual(
      steps.map(({ output }) => withoutHashes(output)),
    );
    expectNothingSurvives(world);
  },
);

test.for(Object.values(table).filter(({ only }) => only === undefined))(
  'the README and --help have the option --$flag',
  async (row, { world }) => {
    const long = row.value === undefined ? `--${row.flag}` : `--${row.flag}=${row.value}`;
    const flags = row.short === undefined ? `\`${long}\`` : `\`-${row.short}\`, \`${long}\``;
    const variables = listVariables(row);
    // Columns are aligned with spaces.
    expect(readme.replaceAll(/ +/g, ' ')).toContain(
      `| ${flags} | ${variables.map((one) => `\`${one}\``).join(', ')} | ${row.defaultText} | ${row.help} |\n`,
    );
    const { status, stdout } = await runIn(world, ['/entry-point.sh', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(
      `${long}\n      ${row.help} (default: ${row.defaultText})\n${variables.map((one) => `      ${one}\n`).join('')}`,
    );
  },
);
