import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { expect, guixBuild, makeRootless, runLine, test } from '../support/containers.ts';

const docs = readFileSync(path.join(import.meta.dirname, '../../docs/machine.md'), 'utf8');

/** What docs/machine.md says of each way to start a container: its options, and the outcomes. */
const rows = readTable('docker run').map(([options = '', ...outcomes]) => ({
  options: options.replaceAll('`', ''),
  outcomes,
}));

const ways = [
  { name: 'root', container: '', entryPoint: '' },
  { name: '--daemon-user', container: '', entryPoint: '--daemon-user=guix' },
  { name: '--user', container: '--user=guix', entryPoint: '' },
];

const cells = rows.flatMap(({ options, outcomes }) =>
  ways.map((way, index) => ({ ...way, options, outcome: outcomes[index] })),
);

/** What is said of each outcome. */
const tellings: Readonly<Record<string, RegExp>> = {
  'not isolated': /^Builds/,
  'no builds': /^Hint|Cannot$/,
};

test('the table has a row for each way that people start containers', () => {
  expect(rows.length).toBeGreaterThanOrEqual(8);
});

test.for(cells)(
  'docker run $options, $name: $outcome',
  async ({ container, entryPoint, options, outcome }, { engine }) => {
    const image = entryPoint === '' && container === '' ? 'guix-test' : await makeRootless(engine);
    const words = [options, container, image, entryPoint, guixBuild('where.scm')];
    const { status, stderr } = await runLine(engine, `docker run --rm ${words.join(' ')}`);
    expect({ outcome: judge(status, stderr), stderr }).toEqual({
      outcome,
      stderr: expect.any(String),
    });
    const [, told] =
      /^\+ (Builds are not isolated|Hint: Builds can't work here|guix-entry-point: Cannot)\b/m.exec(
        stderr,
      ) ?? [];
    expect({ told, stderr }).toEqual({
      told:
        outcome === 'isolated' ? undefined : expect.stringMatching(tellings[outcome ?? ''] ?? ''),
      stderr: expect.any(String),
    });
  },
);

function judge(status: number | null, stderr: string): string {
  if (status !== 0) return 'no builds';
  return stderr.includes('the builder is process 1\n') ? 'isolated' : 'not isolated';
}

/** The cells of the table whose first heading is this one. */
function readTable(heading: string): string[][] {
  const start = docs.indexOf(`| \`${heading}\``);
  const [table = ''] = docs.slice(start).split('\n\n');
  return table
    .trim()
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
}
