import { writeFileSync } from 'node:fs';
import { expect, expectNothingSurvives, test } from '../support/real.ts';
import { openPrompt } from '../support/terminal.ts';

// What users have in their ~/.bashrc and environment, and what they paste: none of it may show our
// own words, or keep them from their work.

/** A ~/.bashrc, and lines to type with what the screen shows of them. */
const guests = [
  [
    'hooks as a list',
    'PROMPT_COMMAND=(first second); first() { :; }; second() { hooked=$((hooked + 1)); }',
    [
      ['echo "hooked $hooked"', '\nhooked 1\n'],
      ['echo "hooked $hooked"', '\nhooked 2\n'],
    ],
  ],
  [
    'aliases of what we use',
    `alias echo='echo X' printf=false trap=true set=true read=false history=false`,
    [['true', '+ true']],
  ],
  [
    'set -u and an exported prompt',
    'set -u; export PS1="mine> " PROMPT_COMMAND=: PS0=',
    [['env | grep -c guix_entry_point', '\n0\n']],
  ],
  ['HISTCONTROL', 'HISTCONTROL=ignorespace', [['(true kept)', '+ (true kept)']]],
  ['hooks for errors', `trap 'echo ERR' ERR`, [['(true kept)', '+ (true kept)']]],
] as const;

test.for(guests)('%s', async ([, bashrc, lines], { world }) => {
  writeFileSync(world.at('/root/.bashrc'), `${bashrc}\n`);
  const prompt = await openPrompt(world);
  for (const [line, shown] of lines) {
    await prompt.enter(line);
    await prompt.shows(shown);
  }
  await prompt.enter('\\builtin exit 3 # a status');
  expect(await prompt.ended).toBe(3);
  const lost = prompt.screen().replaceAll(/^.*grep -c.*$/gm, '');
  expect(lost).not.toMatch(/guix_entry_point|unbound|not found|NaN/);
  expectNothingSurvives(world);
});

test('lines that are pasted are traced like others', async ({ world }) => {
  const prompt = await openPrompt(world);
  await prompt.enter('\x1b[200~echo one\n(echo two)\necho three\x1b[201~');
  await prompt.shows('\n+ echo three\nthree\n');
  expect(prompt.screen()).toContain('\n+ echo one\none\n');
  expect(prompt.screen()).not.toContain('guix_entry_point');
  expect(await prompt.leave()).toBe(0);
});

test('without PATH, what fails is told and answered all the same', async ({ world }) => {
  const prompt = await openPrompt(world);
  await prompt.enter('PATH=');
  await prompt.enter('(exit 4)');
  await prompt.shows('\n+ exit status 4\n');
  await prompt.enter('(exit 5)');
  await prompt.shows('\n+ exit status 5\n');
  expect(await prompt.leave()).toBe(5);
  expect(prompt.screen()).not.toContain('not found');
  expectNothingSurvives(world);
});

test.for(['/proc/1', '/nowhere/at/all', '/dev/null'])(
  'with the home %s, there is a prompt',
  async (home, { world }) => {
    const prompt = await openPrompt(world, `HOME=${home} /entry-point.sh`);
    await prompt.enter('exit 6');
    expect(await prompt.ended).toBe(6);
    expectNothingSurvives(world);
  },
);
