// What is stopped, and what is left of it.
import { readFileSync, writeFileSync } from 'node:fs';
import {
  bootstrap,
  define,
  hashOf,
  scripted,
  seed,
  shell,
  test,
} from '../support/bootstrap-world.ts';
import { expect, list } from '../support/real.ts';

const nothing = { signal: null, stdout: '' };

test('a source that is missing, and one with a flipped bit', async ({ world }) => {
  define(world, seed);
  const expected = hashOf(world, '/job/seed');
  const bytes = readFileSync(world.at('/job/seed'));
  bytes.writeUInt8(bytes.readUInt8(1000) ^ 1, 1000);
  writeFileSync(world.at('/job/seed'), bytes);
  expect(await bootstrap(world)).toEqual({
    ...{ status: 1, ...nothing },
    stderr: `+ guix-entry-point: ./seed is not the source of seed-1: its SHA-256 is another.
+ SHA-256:
+   expected: ${expected}
+   actual:   ${hashOf(world, '/job/seed')}
+ Hint: Fetch it again; if this is the right one, correct the definition: (base32 "${hashOf(world, '/job/seed')}").
`,
  });
  await shell(world, 'rm seed');
  expect(await bootstrap(world)).toEqual({
    ...{ status: 1, ...nothing },
    stderr: `+ guix-entry-point: Cannot find the source of seed-1 in the working directory.
+ Looked for:
+   ./busybox
+   ./seed
+   ./seed.tar
+   ./seed.tar.gz
+   ./seed.tgz
+   ./seed.tar.xz
+   ./seed.txz
+   ./seed.tar.bz2
+   ./seed.tbz2
+   It comes from http://somewhere/busybox
+ Hint: Nothing is downloaded: fetch it yourself, and put it here under one of these names.
`,
  });
  // The origin's file name will do, and a wrong one beside it is no harm.
  await shell(world, 'echo x >seed; cp /usr/bin/busybox .');
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
});

test('all sources are looked at before anything is built', async ({ world }) => {
  const second = seed.replaceAll('seed', 'second').replace('@second@', '@seed@');
  define(world, `${seed}${second}`);
  const { status, stderr } = await bootstrap(world);
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^\+ guix-entry-point: Cannot find the source of second-1 /),
  });
});

test('a definition that is not understood', async ({ world }) => {
  define(world, `${seed}(define-public x\n  (package (nam "x")))`);
  expect(await bootstrap(world, ['seed'])).toEqual({
    ...{ status: 1, ...nothing },
    stderr: expect.stringMatching(
      /^\+ guix-entry-point: bootstrap0\.scm:21:12: \(nam …\) is not understood here\.\n\+ Hint: Allowed here: \(name …\), .*\. 'guix-entry-point bootstrap --help' has the language\.\n$/,
    ),
  });
  expect(list(world, '/job')).toEqual(['bootstrap0.scm', 'seed']);
});

test('a build that fails: its log is shown, and with --keep-failed it stays', async ({ world }) => {
  const script =
    'mkdir $out; echo made >$out/made; echo kept >kept; echo a.c:1:1: error: oh no; exit 3';
  define(world, `${seed}${scripted('bad', script)}`);
  const { status, stdout, ...said } = await bootstrap(world, ['--log-lines=3']);
  const stderr = said.stderr.replaceAll(/\d+\.\d s/g, 'N s');
  const log = /\.\/store0\/log\/[0-9a-z]{32}-bad-1\.log/.exec(stderr)?.[0] ?? '';
  expect({ status, stdout, stderr: stderr.slice(stderr.indexOf('+ bad-1: builder')) }).toEqual({
    ...{ status: 1, stdout: '' },
    stderr: `+ bad-1: builder
+ Failed build: bad-1, in phase 'builder', which ran for N s
+ Its derivation: ./store0/${list(world, '/job/store0').find((name) => name.endsWith('-bad-1.drv'))}
+ Its log: ${log} (4 lines, of which the last 3 follow)
+ First error, line 2: a.c:1:1: error: oh no
a.c:1:1: error: oh no
error: in phase 'builder': command "sh" "-ec" "${script}" failed with status 3
phase \`builder' failed after N seconds
+ guix-entry-point: The build of bad-1 failed: 'sh -ec '${script}'': exit status 3.
+ Hint: Its log is ${log}. '--keep-failed' leaves what it has come to.
`,
  });
  expect(list(world, '/job/store0').filter((name) => /bad-1$|^\.|failed/.test(name))).toEqual([]);
  const kept = await bootstrap(world, ['--keep-failed']);
  const [, directory = ''] = /What the build has come to is (\S+)\n/.exec(kept.stderr) ?? [];
  expect(await shell(world, `cd ${directory} && cat build/kept output/made`)).toBe('kept\nmade\n');
});

test('a build that writes to /dev/stderr takes nothing away from its log', async ({ world }) => {
  const script = 'touch $out; echo first; echo second >/dev/stderr; echo third';
  define(world, `${seed}${scripted('loud', script)}`);
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  expect(
    await shell(world, 'grep -c . store0/log/*-loud-1.log; cat store0/log/*-loud-1.log'),
  ).toMatch(/^5\nstarting .*\nfirst\nsecond\nthird\nphase .*\n$/);
});

test('what a procedure can’t do is told with its place', async ({ world }) => {
  define(world, seed.replace('(assoc-ref %build-inputs "source") busybox', '"no" busybox'));
  const { stderr } = await bootstrap(world, ['seed']);
  expect(stderr).toMatch(
    /The build of seed-1 failed: bootstrap0\.scm:13:10: \(copy-file "no" "\/store0\/\S+busybox"\): no such file or directory\.\n/,
  );
});

test('a build that makes nothing, and one that makes a device', async ({ world }) => {
  define(
    world,
    `${seed}${scripted('none', 'true')}${scripted('pipe', 'mkdir $out; mkfifo $out/p')}`,
  );
  expect((await bootstrap(world, ['none'])).stderr).toMatch(
    /The build of none-1 failed: it has not made \/store0\/[0-9a-z]{32}-none-1\.\n/,
  );
  expect((await bootstrap(world, ['pipe'])).stderr).toMatch(
    /The build of pipe-1 failed: p in its output is neither a file nor a directory nor a link\.\n/,
  );
});

test('a NAR hash that is wanted, and another', async ({ world }) => {
  const script = 'echo hello >$out';
  define(world, `${seed}${scripted('greeting', script)}`);
  const first = await bootstrap(world);
  const [, actual = ''] =
    /greeting-1: no NAR hash .*#:output-hash "(\w+)"/.exec(first.stderr) ?? [];
  const [, output = ''] = /(\S+-greeting-1) /.exec(first.stdout) ?? [];
  // Pasted into the definition: what is built already is checked.
  const given = (hash: string): string =>
    `${seed}${scripted('greeting', script, { given: `#:output-hash "${hash}"` })}`;
  define(world, given(actual));
  expect(await bootstrap(world)).toEqual({
    ...{ status: 0, signal: null, stderr: '' },
    stdout: first.stdout.replace(`${actual}  unchecked`, `${actual}  checked  `),
  });
  await shell(world, 'rm -r store0');
  expect((await bootstrap(world)).stderr).toContain(
    `greeting-1: its NAR hash is the one wanted: ${actual}\n`,
  );
  const expected = `1${actual.slice(1)}`.replace(actual, `0${actual.slice(1)}`);
  define(world, given(expected));
  const mismatch = (
    kept: string,
  ): string => `+ guix-entry-point: The build of greeting-1 did not come to what #:output-hash says.
+ NAR hash:
+   expected: ${expected}
+   actual:   ${actual}
+ Hint: What it came to is ${kept}. If that is right, correct the definition: #:output-hash "${actual}".
`;
  expect(await bootstrap(world)).toEqual({ status: 1, ...nothing, stderr: mismatch(output) });
  await shell(world, 'rm -r store0');
  const { status, stderr } = await bootstrap(world);
  const kept = output.replace('store0/', 'store0/failed/') + '/output';
  expect({ status, stderr: stderr.slice(stderr.indexOf('+ guix-entry-point')) }).toEqual({
    ...{ status: 1, stderr: mismatch(kept) },
  });
  expect(await shell(world, `cat ${kept}`)).toBe('hello\n');
  expect(list(world, '/job/store0')).not.toContain(output.replace('./store0/', ''));
});

test('two rounds that differ', async ({ world }) => {
  const script =
    'mkdir -p $out/d; head -c 9 /dev/urandom >$out/d/r; echo same >$out/same; ln -s $(head -c 9 /dev/urandom | md5sum | head -c 32) $out/l';
  define(world, `${seed}${scripted('random', script)}`);
  const { status, stderr } = await bootstrap(world, ['--rounds=3', 'random']);
  const [, kept = ''] =
    /Hint: 'diff -r --no-dereference (\S+)\/round-1 \S+\/round-2' shows it\.\n/.exec(stderr) ?? [];
  expect({ status, stderr: stderr.slice(stderr.indexOf('+ guix-entry-point')) }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /^\+ guix-entry-point: Two builds of random-1 came to different outputs\.\n\+ What differs:\n\+ {3}d\/r: the content\n\+ {3}l: links to [0-9a-f]{32} and [0-9a-f]{32}\n/,
    ),
  });
  expect(list(world, `/job/${kept}/round-2`)).toEqual(['d', 'l', 'same']);
});

test('an output that has been changed, a store that is in use, a manifest that is broken', async ({
  world,
}) => {
  define(world, `${seed}${scripted('greeting', 'mkdir $out; echo hello >$out/hello')}`);
  const { stdout } = await bootstrap(world);
  await shell(world, 'echo x >>$(echo store0/*-greeting-1/hello)');
  const { stderr } = await bootstrap(world);
  expect(stderr).toMatch(
    /^\+ guix-entry-point: \.\/store0\/\S+-greeting-1 is not as it was built\.\n\+ NAR hash:\n/,
  );
  // What is in a store is read-only, also for who is to remove it.
  const [, removal = ''] = /: '(find .*)'\.\n/.exec(stderr) ?? [];
  const asUser = 'setpriv --reuid=1000 --regid=1000 --clear-groups';
  await shell(world, `chown -R 1000 store0; ${asUser} sh -c '${removal}'; chown -R 0 store0`);
  expect(await bootstrap(world)).toMatchObject({ status: 0, stdout });
  const held = 'flock store0 guix-entry-point bootstrap bootstrap0.scm 2>&1 || echo $?';
  expect(await shell(world, held))
    .toBe(`+ guix-entry-point: Cannot use ./store0: another bootstrap is at work there.
+ Hint: Wait for its end, or work in another directory: the store is made where you are.
1
`);
  const outputs = '{"version":1,"outputs":[{"output":5}]}';
  for (const text of ['x', 'null', '[{"output":5}]', '{"version":1}', outputs]) {
    await shell(world, `echo '${text}' >store0/manifest.json`);
    expect((await bootstrap(world)).stderr).toMatch(
      /^\+ guix-entry-point: Cannot use \.\/store0\/manifest\.json: /,
    );
  }
});

test('what can’t be packed, because a name would be lost', async ({ world }) => {
  const file = scripted('file', "mkdir $out; touch $out/$(printf 'caf\\351')");
  const link = scripted('link', "ln -s $(printf 'caf\\351') $out");
  define(world, `${seed}${file}${link}`);
  for (const name of ['file', 'link']) {
    expect(await bootstrap(world, [name, '--pack=pack.tgz'])).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(
        /Cannot pack \.\/store0\/\S+-(file|link)-1: .*caf.* is no name in UTF-8\.\n/,
      ),
    });
  }
  expect(list(world, '/job')).toEqual(['bootstrap0.scm', 'seed', 'store0']);
});

test('a store that is full, and a source that can’t be read', async ({ world }) => {
  define(world, seed);
  await shell(world, 'mkdir store0; mount -t tmpfs -o size=1m store0 store0');
  expect(await bootstrap(world)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/Cannot use \.\/store0: no space left on device\.\n/),
  });
  const asUser = 'setpriv --reuid=1000 --regid=1000 --clear-groups';
  const run = `umount store0; chmod 600 seed; chown 1000 . store0
${asUser} guix-entry-point bootstrap bootstrap0.scm 2>&1 || true`;
  expect(await shell(world, run)).toContain('Cannot read ./seed: permission denied.\n');
});
