import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { entryPoint, expect, runIn, test } from '../support/real.ts';

// The words of daemons that aren't here, or faults that aren't, out of the mouth of another program.

const refusing = '--daemon-program=/fixtures/programs/refusing-daemon';
const directory = join(import.meta.dirname, '../fixtures/words');

/** The texts in a file, each with the rule whose heading it is under. */
function readTexts(file: string): readonly { readonly rule: string; readonly text: string }[] {
  let rule = '';
  return readFileSync(join(directory, file), 'utf8')
    .split('\n')
    .flatMap((line) => {
      rule = /^\[(.*)\]$/.exec(line)?.[1] ?? rule;
      return line === '' || /^[#[]/.test(line) ? [] : [{ rule, text: line }];
    });
}

const texts = ['guix-1.4.txt', 'guix-1.5.txt'].flatMap((file) =>
  readTexts(file).map((one) => ({ file, ...one })),
);

/** A root of whom most is taken away: what is missing is looked for only where that is said. */
const without = ['chown', 'fowner', 'setuid', 'setgid']
  .map((capability) => `-${capability}`)
  .join();
const asLesserRoot = ['setpriv', `--bounding-set=${without}`, `--inh-caps=${without}`];

test.for(texts)('$file: $text', async ({ rule, text }, { world }) => {
  const by = rule === 'privileges' ? asLesserRoot : [];
  const { status, stderr } = await runIn(world, [...by, entryPoint, '--json', refusing, 'true'], {
    env: { DAEMON_SAYS: text },
  });
  expect(status).toBe(69);
  expect(JSON.parse(stderr.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
    event: 'failure',
    failure: { kind: 'daemon-refused', reason: text, advice: { rule } },
  });
});

test.for([
  'no such thing',
  "the path `/gnu/store/x' is not valid",
  'unexpected end-of-file',
  'protocol mismatch',
])('%s: of what nobody knows, no hint but what is always said', async (text, { world }) => {
  const { stderr } = await runIn(world, [entryPoint, refusing, 'true'], {
    env: { DAEMON_SAYS: text },
  });
  expect(stderr).toMatch(/^\+ Hint: Mend what it names, then run the same command again\.\n$/m);
});
