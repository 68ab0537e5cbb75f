// A bootstrap from a program and a few definitions, on a machine without Guix.
import { readFileSync } from 'node:fs';
import type { Entry } from '../../src/bootstrap/manifest.ts';
import { bootstrap, define, scripted, seed, shell, test } from '../support/bootstrap-world.ts';
import { catchFailure, gnu, planText, trivial } from '../support/bootstrap.ts';
import { expect, list } from '../support/real.ts';

const hash = '[0-9a-z]{32}';
const narHash = '[0-9a-z]{52}';
const greeting = scripted('greeting', 'mkdir $out; echo hello >$out/hello; ln -s sh $out/link');

test('first packages from one program, and again', async ({ world }) => {
  define(world, `${seed}${greeting}`);
  const { status, stdout, stderr } = await bootstrap(world, ['greeting']);
  expect({ status, stdout, stderr }).toEqual({
    status: 0,
    stdout: expect.stringMatching(
      new RegExp(`^seed-1      ${narHash}  unchecked  \\./store0/${hash}-seed-1      -
greeting-1  ${narHash}  unchecked  \\./store0/${hash}-greeting-1  -\n$`),
    ),
    stderr: expect.stringMatching(
      new RegExp(`^\\+ Building seed-1 \\(1 of 2\\), its log: \\./store0/log/${hash}-seed-1\\.log
\\+ seed-1: builder
\\+ seed-1: built in \\d+\\.\\d s: \\./store0/${hash}-seed-1
\\+ seed-1: no NAR hash is wanted of it; this is it: #:output-hash "${narHash}"
\\+ Building greeting-1 \\(2 of 2\\), its log: \\./store0/log/${hash}-greeting-1\\.log\n`),
    ),
  });
  const [, place = ''] = /(\S*-greeting-1) /.exec(stdout) ?? [];
  expect(await shell(world, `stat -c '%n %a %Y' ${place} ${place}/*`)).toBe(
    `${place} 555 1\n${place}/hello 444 1\n${place}/link 777 1\n`,
  );
  expect(list(world, '/job/store0')).toEqual(
    expect.arrayContaining(['log', 'manifest.json', 'manifest.txt']),
  );
  expect(list(world, '/job/store0').filter((name) => name.startsWith('.'))).toEqual([]);
  // The second time there is nothing to do.
  expect(await bootstrap(world, ['greeting'])).toEqual({
    ...{ status: 0, signal: null, stdout, stderr: '' },
  });
  expect(readFileSync(world.at('/job/store0/manifest.txt'), 'utf8')).toBe(
    `PACKAGE     NAR-HASH${' '.repeat(46)}CHECKED    OUTPUT${' '.repeat(48)}HOST-TOOLS\n${stdout}`,
  );
});

test('the plan as a tree, and nothing is built', async ({ world }) => {
  const other = scripted('other', 'mkdir $out', { inputs: 'greeting seed' });
  define(world, `${seed}${greeting}${other}`);
  const outcome = await bootstrap(world, ['other', '--dry-run']);
  expect(outcome).toEqual({
    ...{ status: 0, signal: null, stderr: '' },
    stdout: expect.stringMatching(
      new RegExp(`^other-1: to be built: \\./store0/${hash}-other-1
├── greeting-1: to be built: \\./store0/${hash}-greeting-1
│   └── seed-1: to be built: \\./store0/${hash}-seed-1
│       └── source busybox: \\./seed
└── seed-1: see above\n$`),
    ),
  });
  expect(list(world, '/job')).toEqual(['bootstrap0.scm', 'seed']);
  expect(await bootstrap(world, ['seed'])).toMatchObject({ status: 0 });
  await shell(world, 'echo x >>seed');
  const { stdout } = await bootstrap(world, ['seed', '--dry-run']);
  expect(stdout).toMatch(/^seed-1: built: .*\n└── source busybox: .\/seed has another hash\n$/);
  await shell(world, 'rm seed');
  expect((await bootstrap(world, ['--dry-run', 'seed'])).stdout).toContain(
    '\n└── source busybox: missing, it comes from http://somewhere/busybox\n',
  );
});

test('the next stage goes on with what the one before it has built', async ({ world }) => {
  define(world, seed);
  const next = scripted('next', 'mkdir $out; realpath $(which sh) >$out/shell');
  define(world, `(use-modules (bootstrap0))\n${next}`, 'bootstrap1.scm');
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  const words = 'entry-point.sh bootstrap bootstrap1.scm --json --pack=pack.tar.gz';
  const entries = (await shell(world, `/${words} 2>err`)).trim().split('\n');
  const [first, last] = entries.map((line): Entry & { path: string } => JSON.parse(line));
  // What the manifest says of it, and where it is.
  const { path = '', ...second }: Partial<Entry & { path: string }> = last ?? {};
  expect(path).toBe(`.${second.output}`);
  expect(first).toMatchObject({ package: 'seed', output: expect.stringMatching(/^\/store0\//) });
  expect(second).toMatchObject({ package: 'next', output: expect.stringMatching(/^\/store1\//) });
  expect(second).toMatchObject({
    hostTools: [],
    isolation: 'name spaces',
    references: [first?.output],
  });
  expect(await shell(world, 'cat store1/*-next-1/shell')).toBe(`${first?.output}/bin/busybox\n`);
  const manifest: unknown = JSON.parse(readFileSync(world.at('/job/store1/manifest.json'), 'utf8'));
  expect(manifest).toEqual({ version: 1, outputs: [second] });
  // What it needs comes with it, and all works where it is unpacked at the root.
  const unpack = 'tar -xzf pack.tar.gz -C / && $(cat /store1/*-next-1/shell) sh -c "echo works"';
  expect(await shell(world, unpack)).toBe('works\n');
});

test('what is packed is the same in every byte, wherever and whenever', async ({ world }) => {
  define(world, `${seed}${greeting}`);
  const pack =
    'guix-entry-point bootstrap bootstrap0.scm --pack=pack.tgz 2>err && sha256sum <pack.tgz';
  const first = await shell(world, pack);
  const elsewhere =
    'mkdir -p /a/b && cp seed bootstrap0.scm /a/b && cd /a/b && umask 077 && export TZ=EST';
  expect(await shell(world, `${elsewhere} && ${pack}`)).toBe(first);
  expect(await shell(world, `rm pack.tgz && ${pack}`)).toBe(first);
});

test('a directory whose name is not ASCII', async ({ world }) => {
  define(world, `${seed}${greeting}`);
  const { stdout } = await bootstrap(world);
  const run =
    'mkdir é && cp seed bootstrap0.scm é && cd é && guix-entry-point bootstrap bootstrap0.scm';
  expect(await shell(world, run)).toBe(stdout);
});

test('an ordinary user', async ({ world }) => {
  define(world, `${seed}${greeting}`);
  const byRoot = await bootstrap(world);
  const asUser = 'setpriv --reuid=1000 --regid=1000 --clear-groups';
  const run = `mkdir /mine && cp seed bootstrap0.scm /mine && chown -R 1000 /mine && cd /mine
${asUser} guix-entry-point bootstrap bootstrap0.scm --rounds=2 2>err`;
  expect(await shell(world, run)).toBe(byRoot.stdout);
});

test('the help, and what is not understood of the command line', async ({ world }) => {
  const help = await shell(world, 'guix-entry-point bootstrap --help');
  for (const word of [
    '--host-tools=NAMES',
    '--rounds=N',
    '--keep-failed',
    '--dry-run',
    '--pack=FILE',
  ]) {
    expect(help).toContain(`  ${word}\n`);
  }
  const words = new Set(help.split(/[\s,;()]+/));
  expect(allowedWords().filter((word) => !words.has(word))).toEqual([]);
  define(world, seed);
  expect(await bootstrap(world, ['sed'])).toEqual({
    ...{ status: 1, signal: null, stdout: '' },
    stderr: `+ guix-entry-point: bootstrap0.scm has no package 'sed'.
+ These are there:
+   seed
+ Hint: Did you mean 'seed'? A package is named as it is defined, or by its name, with or without '@' and its version.
`,
  });
  expect(await bootstrap(world, ['--rounds=0'])).toMatchObject({ status: 64 });
  expect(await bootstrap(world, ['--host-tools=/bin/sh'])).toMatchObject({ status: 64 });
  expect(await bootstrap(world, ['--host-tools=nonesuch'])).toMatchObject({
    status: 1,
    stderr: expect.stringContaining("Cannot find the host tool 'nonesuch'."),
  });
});

/** All words that refusals say are allowed, the phases, and the endings that a source can have. */
function allowedWords(): readonly string[] {
  const refused = [
    ...['()', '(define-module (a) #:x)', '(define a (f))', '(define a (package ()))'],
    ...['(define a (origin ()))', '(define a (origin (method x)))', trivial('(f)')],
    ...['(define a (package (build-system f)))', trivial('(mkdir (assoc-ref f ""))')],
    ...[trivial('#t #:x 1'), gnu(`'(#:x 1)`), gnu(`'(#:phases (f))`), changing('(f)')],
    ...[changing(`(replace 'check (f))`)],
    ...[changing(`(replace 'check (lambda* (#:key f #:allow-other-keys) #t))`)],
  ].map((text) => catchFailure(() => planText(text)));
  const allowed = refused.map((failure) =>
    failure?.kind === 'definition-refused' ? failure.allowed : 'nothing',
  );
  const phases = planText(gnu('(list)'))[0]?.phases.map(({ name }) => name) ?? [];
  const endings = ['.tar', '.tar.gz', '.tgz', '.tar.xz', '.txz', '.tar.bz2', '.tbz2'];
  return [
    ...(allowed.join(' ').match(/(?<![^\s('])(?:#:)?[%a-z][-\w*?]*/g) ?? []),
    ...[...phases, ...endings, 'unquote', 'unquote-splicing', '#:rest'],
  ];
}

function changing(change: string): string {
  return gnu(`'(#:phases (modify-phases %standard-phases ${change}))`);
}
