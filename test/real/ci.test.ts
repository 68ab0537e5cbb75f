import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { takeCommands } from '../support/github.ts';
import { takeMarkers } from '../support/gitlab.ts';
import { expect, expectNothingSurvives, guixBuild, run, runIn, test } from '../support/real.ts';

// What Guix itself shows of a build as it goes on is the command's, and stays as it is: here, only ours
// is looked at.
const build = ['sh', '-c', `${guixBuild('hostile.scm').join(' ')} 2>/dev/null`];

const github = { CI: 'true', GITHUB_ACTIONS: 'true' };
const summary = '/job/summary.md';

/** The names of the commands, with the one that ends the fence as `TOKEN`. */
function nameCommands(stderr: string): readonly string[] {
  const commands = takeCommands(stderr);
  const token = commands.find(({ name }) => name === 'stop-commands')?.data;
  return commands.map(({ name }) => (name === token ? 'TOKEN' : name));
}

test("GitHub takes our commands, and none of a log's", async ({ world }) => {
  const { status, stderr } = await run(world, build, { env: github });
  expect(status).toBe(1);
  expect(nameCommands(stderr)).toEqual(['group', 'stop-commands', 'TOKEN', 'endgroup', 'error']);
  const commands = takeCommands(stderr);
  expect(commands.at(0)?.data).toMatch(/^hostile-1\.0: [0-9a-z]{32}-hostile-1\.0\.drv, 14 lines$/);
  expect(commands.at(-1)).toEqual({
    name: 'error',
    properties: { title: 'Failed build: hostile-1.0' },
    data: expect.stringMatching(
      /^hostile-1\.0 failed(?:, after \d+\.\d s)?\. First error, line 1: configure: error: # #\[error\]pwned ::error::pwned `code`$/,
    ),
  });
  expect(stderr).toMatch(/^ {2}::set-env name=PATH::\/pwned$/m);
  expect(stderr).not.toMatch(/(?!\n)\p{Cc}/u);
  expectNothingSurvives(world);
});

test('the log that this is about does issue commands where it stands by itself', async ({
  world,
}) => {
  await run(world, build);
  const { stdout } = await runIn(world, ['sh', '-c', 'cat *.drv']);
  expect(nameCommands(stdout)).toEqual([
    ...['error', 'error', 'set-env', 'add-path', 'error', 'stop-commands', 'TOKEN'],
    ...['endgroup', 'endgroup', 'error'],
  ]);
  expect(takeMarkers(stdout)).toHaveLength(2);
});

test('with --log-format=json there are no commands at all', async ({ world }) => {
  const { status, stderr } = await run(world, ['--log-format=json', ...build], { env: github });
  expect(status).toBe(1);
  expect(takeCommands(stderr)).toEqual([]);
  const events = stderr
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));
  expect(events).toContainEqual(
    expect.objectContaining({ event: 'build-log-line', line: '##[add-path]/pwned' }),
  );
  expect(events.at(-1)).toMatchObject({ event: 'build-log-end' });
});

test.for(['text', 'json'])('the summary of a step is added to (%s)', async (format, { world }) => {
  writeFileSync(world.at(summary), '# Mine\n');
  const env = { ...github, GITHUB_STEP_SUMMARY: summary };
  await run(world, [`--log-format=${format}`, ...build], { env });
  const markdown = readFileSync(world.at(summary), 'utf8');
  expect(markdown).toMatch(
    /^# Mine\n\n\n### 1 build failed\n\n#### `hostile-1\.0`(?:, after \d+\.\d s)?\n\nIts derivation: /,
  );
  expect(markdown).toContain(
    '\n\nFirst error, line 1: `` configure: error: ##[error]pwned ::error::pwned `code` ``\n\n<details>',
  );
  const [before, inside, after] = markdown.split(/^`{7}$/m);
  expect(before).toMatch(/<details>\n<summary>Its 14 lines<\/summary>\n\n$/);
  expect(inside?.split('\n')).toEqual([
    '',
    'configure: error: ##[error]pwned ::error::pwned `code`',
    ...['::error::pwned', '  ::set-env name=PATH::/pwned', '##[add-path]/pwned'],
    ...['text ##[error]pwned', '::stop-commands::pwned', '::pwned::', '::endgroup::'],
    ...['##[endgroup]', '10% ::error::pwned'],
    ...['section_start:1:pwned[collapsed=true] pwned', 'section_end:1:pwned', 'cleared'],
    ...['`````` </details> <b>', ''],
  ]);
  expect(after).toBe('\n\n</details>\n');
});

test('no summary without a failed build, nor for a command that fails by itself', async ({
  world,
}) => {
  const env = { ...github, GITHUB_STEP_SUMMARY: summary };
  writeFileSync(world.at(summary), '');
  await run(world, guixBuild('hello.scm'), { env });
  await run(world, ['false'], { env });
  expect(readFileSync(world.at(summary), 'utf8')).toBe('');
});

test('a summary that can not be written is told, and costs nothing else', async ({ world }) => {
  mkdirSync(world.at(summary));
  const env = { GITHUB_STEP_SUMMARY: summary };
  const { status, stderr } = await run(world, build, { env });
  expect(status).toBe(1);
  expect(stderr).toMatch(/^\+ Failed build: hostile-1\.0/m);
  expect(stderr).toMatch(
    /\n\+ Cannot add to the job summary \/job\/summary\.md: illegal operation on a directory\n$/,
  );
});

test('GitLab takes our section, and none of a log', async ({ world }) => {
  const env = { CI: 'true', GITLAB_CI: 'true' };
  const { status, stderr } = await run(world, build, { env });
  expect(status).toBe(1);
  const [start, end, ...others] = takeMarkers(stderr);
  expect(others).toEqual([]);
  expect(start).toEqual({ kind: 'start', name: end?.name, options: '[collapsed=true]' });
  expect(end).toMatchObject({ kind: 'end', options: '' });
  expect(stderr).toMatch(
    /\n\S+\[collapsed=true\]\r\S+\+ hostile-1\.0: [^\n]+, 14 lines\nconfigure: error: /,
  );
  expect(stderr).not.toContain('::group::');
});

test('elsewhere there is no more than text', async ({ world }) => {
  const { stderr } = await run(world, build, { env: { CI: 'true' } });
  expect(stderr).not.toMatch(/(?!\n)\p{Cc}|::group::/u);
  expect(stderr).toMatch(
    /\n\+ Its log: [^\n]+\n\+ First error, line 1: configure: error: ##\[error[^\n]+\nconfigure: error: ##\[error\]pwned ::error::pwned `code`\n::error::pwned\n/,
  );
});

test.for([
  ['has colours', 'xterm', '', true],
  ['is dumb', 'dumb', '', false],
  ['is to have none', 'xterm', '1', false],
] as const)('a terminal that %s', async ([, TERM, NO_COLOR, colored], { world }) => {
  const line = `/entry-point.sh ${guixBuild('broken.scm').join(' ')}`;
  const words = ['script', '--quiet', '--return', '--command', line, '/dev/null'];
  const { status, stdout } = await runIn(world, words, { env: { TERM, NO_COLOR } });
  expect(status).toBe(1);
  const [, color] = /^\+ ([^\w/]*(?:\[[\d;]+m)?)Failed build: broken-1\.0/m.exec(stdout) ?? [];
  expect(color).toBe(colored ? '\u001b[1;31m' : '');
});
