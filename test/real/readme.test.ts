import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { table } from '../../src/options/table.ts';
import { expect, expectNothingSurvives, runIn, test } from '../support/real.ts';

const repository = join(import.meta.dirname, '../..');
const readme = readFileSync(join(repository, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```console\n(.*?)^```$/gms)].map(([, block = '']) => block);

/** A block as the commands after `$` and, behind each, all that it prints. */
function parseBlock(block: string): { command: string; output: string }[] {
  const parts = block.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { command: part.slice(0, end), output: part.slice(end + 1) };
  });
}

/** Hashes of store items change with the Guix and the shell that the machine has, and times always. */
function withoutHashes(text: string): string {
  return text
    .replaceAll(/drvs\/[0-9a-z]{2}\/[0-9a-z]{30}-/g, 'drvs/HASH-')
    .replaceAll(/\b[0-9a-z]{32}-/g, 'HASH-')
    .replaceAll(/after \d+\.\d s$/gm, 'after N s');
}

test('the README has what can be run', () => {
  expect(blocks).toHaveLength(5);
  expect(readme.split('\n').length).toBeLessThan(300);
});

test.for(blocks.map((block) => [block.split('\n', 1)[0], block] as const))(
  'the README says what %s prints',
  async ([, block], { world }) => {
    cpSync(join(repository, 'test/fixtures/packages'), world.at('/job'), { recursive: true });
    const steps = parseBlock(block);
    const end = '\x1e';
    const script = steps.map(
      ({ command }) => `{ ${command}; } 2>&1; status=$?; printf '\\x1e'; (exit $status)`,
    );
    const { stdout } = await runIn(world, ['bash', '-c', script.join('\n')]);
    const outputs = stdout.split(end).slice(0, -1);
    expect(outputs.map(withoutHashes)).toEqual(steps.map(({ output }) => withoutHashes(output)));
    expectNothingSurvives(world);
  },
);

test.for(Object.values(table).filter(({ only }) => only === undefined))(
  'the README and --help have the option --$flag',
  async (row, { world }) => {
    const long = row.value === undefined ? `--${row.flag}` : `--${row.flag}=${row.value}`;
    const flags = row.short === undefined ? `\`${long}\`` : `\`-${row.short}\`, \`${long}\``;
    // Columns are aligned with spaces.
    expect(readme.replaceAll(/ +/g, ' ')).toContain(
      `| ${flags} | \`${row.variable}\` | ${row.defaultText} | ${row.help} |\n`,
    );
    const { status, stdout } = await runIn(world, ['/entry-point.sh', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain(
      `${long}\n      ${row.help} (default: ${row.defaultText})\n      ${row.variable}\n`,
    );
  },
);
