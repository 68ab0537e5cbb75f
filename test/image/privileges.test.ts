import {
  expect,
  guixBuild,
  judgeBuild,
  machineDocs,
  runLine,
  test,
} from '../support/containers.ts';

/** What docs/machine.md says of each way to start a container: its options, and the outcomes. */
const rows = readTable('docker run').map(([options = '', ...outcomes]) => ({
  options: options.replaceAll('`', ''),
  outcomes,
}));

const ways = [
  { name: 'root', container: 'guix-entry-point' },
  {
    name: '--daemon-user',
    container: '--user=root guix-entry-point:rootless --daemon-user=guix',
  },
  { name: '--user', container: 'guix-entry-point:rootless' },
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
  async ({ container, options, outcome }, { engine }) => {
    const words = `${options} ${container} ${guixBuild('where.scm')}`;
    const built = await runLine(engine, `docker run --rm ${words}`);
    const { stderr } = built;
    expect({ outcome: judgeBuild(built), stderr }).toEqual({
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

/** The cells of the table whose first heading is this one. */
function readTable(heading: string): string[][] {
  const start = machineDocs.indexOf(`| \`${heading}\``);
  const [table = ''] = machineDocs.slice(start).split('\n\n');
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
