import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { breakWorld } from '../support/hints.ts';
import { entryPoint, expect, runIn, startIn, test } from '../support/real.ts';

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

test.for([
  [
    'privileges',
    "changing owner of `/gnu/store' to 0: Operation not permitted",
    'Mend what it names, then run the same command again.',
  ],
  [
    'mounts',
    "creating directory `/var/guix/profiles': Read-only file system",
    "The daemon, which was there before, can't write to /var/guix/profiles, which is read-only for it. Where it runs, this shows what is mounted there:\n+   findmnt --target /var/guix/profiles",
  ],
] as const)('of our own %s, no daemon speaks that was there before', async (row, { world }) => {
  const [, text, hint] = row;
  const socket = '/var/guix/daemon-socket/socket';
  const daemon = startIn(world, ['/fixtures/programs/refusing-daemon', `--listen=${socket}`], {
    env: { DAEMON_SAYS: text },
  });
  await breakWorld(world, `until [ -S ${socket} ]; do :; done`);
  const { status, stderr } = await runIn(world, [...asLesserRoot, entryPoint, 'true']);
  process.kill(daemon.pid, 'SIGTERM');
  await daemon.ended;
  expect(status).toBe(69);
  expect(stderr).toContain(text);
  expect(stderr.slice(stderr.indexOf('+ Hint: '))).toBe(`+ Hint: ${hint}\n`);
});

test('what only builds want keeps no daemon from starting', async ({ world }) => {
  await breakWorld(world, 'sed -i "s/^\\(guixbuild:.*:\\).*/\\1/" /etc/group');
  const words = [entryPoint, '--daemon-program=/bin/false', 'true'];
  const { status, stderr } = await runIn(world, [...asLesserRoot, ...words]);
  expect(status).toBe(69);
  expect(stderr).not.toMatch(/build users|Builds/i);
});
