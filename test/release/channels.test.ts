import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseChannels } from '../../scripts/release/channels.ts';
import { expect, test } from '../support/directory.ts';
import { changeChannel, commitToChannel, release } from '../support/release.ts';
import { openReleasePage } from '../support/release-page.ts';

const source = readFileSync(join(import.meta.dirname, '../../channels/channels.scm'), 'utf8');
const pin = parseChannels(source, 'channels.scm')
  .map(({ commit }) => commit)
  .join();

test('a release has the newest Guix, and keeps to it', async ({ directory }) => {
  await using page = await openReleasePage();
  const read = (day: number): string =>
    readFileSync(join(directory, `day${day}/channels/channels.scm`), 'utf8');
  const plan = { page, directory };
  const planned = await release(['plan'], plan);
  expect(planned, planned.stderr).toMatchObject({ status: 0 });
  const first = read(0);
  const commit = commitToChannel(directory);
  await release(['plan'], plan);
  expect(read(0)).toBe(first);
  await release(['plan'], { ...plan, day: 1 });
  expect(read(1)).toBe(source.replace(pin, commit));
  expect(first).not.toContain(pin);
  expect(first).not.toContain(commit);
  await release(['plan', '--pinned'], { ...plan, day: 2 });
  expect(read(2)).toBe(source);
});

test('a channel without its branch is refused', async ({ directory }) => {
  await using page = await openReleasePage();
  await release(['plan'], { page, directory });
  changeChannel(directory, ['branch', '--move', 'main']);
  expect(await release(['plan'], { page, directory, day: 1 })).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining("https://git.guix.gnu.org/guix.git has no branch 'master'\n"),
  });
});

const commits = ['1'.repeat(40), '2'.repeat(40)] as const;

test.for([
  `(list (channel (name 'guix) (url "u") (commit "${commits[0]}")))`,
  `;; (channel
(list
 (channel
  (name 'guix)
 (url "u")
 (commit
  "${commits[0]}")))`,
])('%s has a channel', (text) => {
  const guix = { name: 'guix', url: 'u', branch: 'master', commit: commits[0] };
  expect(parseChannels(text, 'f')).toEqual([guix]);
});

test('channels beside Guix are found, with their branches', () => {
  const other = `(channel (name 'other) (url "v") (branch "b") (commit "${commits[1]}"))`;
  const text = `(list ${other} (channel (name 'guix) (url "u") (commit "${commits[0]}")))`;
  expect(parseChannels(text, 'f').map(({ name, branch }) => [name, branch])).toEqual([
    ['other', 'b'],
    ['guix', 'master'],
  ]);
});

test.for([
  ['(list)', "f has no channel 'guix'"],
  ['%default-channels', "f has no channel 'guix'"],
  [
    `(list (channel (name 'guix) (url "u")))`,
    'f has a channel without name, URL or commit: (channel',
  ],
] as const)('%s is refused', ([text, told]) => {
  expect(() => parseChannels(text, 'f')).toThrow(told);
});
