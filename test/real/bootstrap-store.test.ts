// What a bootstrap finds in its stores, and what it needs of them.
import { statSync } from 'node:fs';
import { bootstrap, define, scripted, seed, shell, test } from '../support/bootstrap-world.ts';
import { expect, list, listProcesses } from '../support/real.ts';

test('a source is put into the store once, however many builds use it', async ({ world }) => {
  define(world, `${seed}${seed.replaceAll('"seed"', '"other"').replaceAll('seed\n', 'other\n')}`);
  await shell(world, 'cp seed other');
  const find = (): string => {
    const name = list(world, '/job/store0').find((item) => item.endsWith('-busybox')) ?? '';
    return world.at(`/job/store0/${name}`);
  };
  expect(await bootstrap(world, ['seed'])).toMatchObject({ status: 0 });
  const { ino, ctimeMs } = statSync(find());
  expect(await bootstrap(world, ['other'])).toMatchObject({ status: 0 });
  expect(statSync(find())).toMatchObject({ ino, ctimeMs });
  // One that isn't what it was is replaced.
  await shell(world, 'echo x >>$(echo store0/*-busybox); rm -r store0/*-other-1');
  expect(await bootstrap(world, ['other'])).toMatchObject({ status: 0 });
  expect(await shell(world, 'cmp seed store0/*-busybox && echo same')).toBe('same\n');
});

test('a log that can’t be written ends the build', async ({ world }) => {
  define(world, `${seed}${scripted('loud', 'touch $out; yes; sleep 1000')}`);
  await shell(world, 'mkdir -p store0/log; mount -t tmpfs -o size=64k log store0/log');
  expect(await bootstrap(world)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(
      /\n\+ guix-entry-point: Cannot use \.\/store0: no space left on device\.\n\+ Hint: 'df -h \.\/store0' shows what is left\.\n$/,
    ),
  });
  expect(listProcesses(world)).toEqual([]);
  expect(list(world, '/job/store0').filter((name) => /loud-1$|^\./.test(name))).toEqual([]);
  await shell(world, 'umount store0/log');
});

test('no room for what our own procedures make, and for a pack', async ({ world }) => {
  define(world, seed);
  await shell(world, 'mkdir store0 small; mount -t tmpfs -o size=3m store0 store0');
  const { stderr } = await bootstrap(world);
  expect(stderr).toMatch(
    /Cannot use \.\/store0: no space left on device\.\n.*'df -h \.\/store0' shows/,
  );
  await shell(world, 'umount store0; mount -t tmpfs -o size=256k small small');
  expect((await bootstrap(world, ['--pack=small/x.tgz'])).stderr).toMatch(
    /\+ guix-entry-point: Cannot write small\/x\.tgz: no space left on device\.\n\+ Hint: 'df -h small' shows what is left\.\n$/,
  );
  expect(list(world, '/job/small')).toEqual([]);
  await shell(world, 'umount small');
});

test('with --keep-failed a link that leads nowhere stays, too', async ({ world }) => {
  define(world, `${seed}${scripted('bad', 'ln -s /nowhere $out; exit 1')}`);
  const { stderr } = await bootstrap(world, ['--keep-failed']);
  const [, directory = ''] = /What the build has come to is (\S+)\n/.exec(stderr) ?? [];
  expect(await shell(world, `readlink ${directory}/output`)).toBe('/nowhere\n');
});

test('a build that is ended deeper than a path can be leaves nothing', async ({ world }) => {
  // Each has a path that can be; one in the other they don't.
  const script =
    "p=$(printf 'confdir3/%.0s' $(seq 200)); mkdir -p a/$p b/$p c/$p; mv b a/$p; mv a c/$p; false";
  define(world, `${seed}${scripted('deep', script)}`);
  expect(await bootstrap(world)).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/The build of deep-1 failed: 'sh -ec .*': exit status 1\.\n/),
  });
  expect(list(world, '/job/store0').filter((name) => name.startsWith('.'))).toEqual([]);
});

test('a stage without the one before it', async ({ world }) => {
  define(world, seed, 'bootstrap2.scm');
  const run = 'guix-entry-point bootstrap bootstrap2.scm 2>&1 || echo $?';
  expect(await shell(world, run)).toBe(
    `+ guix-entry-point: Cannot find bootstrap1.scm, which bootstrap2.scm goes on with.
+ Hint: Put it there; a file that stands alone is bootstrap0.scm, or has any other name.
1
`,
  );
});

test('a file that defines no package', async ({ world }) => {
  for (const text of ['', '(define license #f)']) {
    define(world, text);
    expect(await bootstrap(world)).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^\+ guix-entry-point: bootstrap0\.scm defines no package\.\n/),
    });
  }
});

test('a working directory in which no store can be', async ({ world }) => {
  define(world, seed);
  const run = 'guix-entry-point bootstrap /job/bootstrap0.scm 2>&1 || true';
  const cases = [
    ['mkdir gone; cd gone; rmdir ../gone', 'no such file or directory'],
    ["d=$(printf 'caf\\351'); mkdir $d; cd $d", 'the name of this directory is no text'],
    [
      'mkdir a:b; cd a:b; export PATH=/usr/local/bin',
      'PATH can have no directory with a colon, as builds need it here',
    ],
    ['cd /proc', 'no such file or directory'],
  ] as const;
  for (const [place, reason] of cases) {
    expect(await shell(world, `${place}; ${run}`)).toMatch(
      new RegExp(`\\+ guix-entry-point: Cannot use \\.\\S*: ${reason}\\.\n`),
    );
  }
});

test('a source that is a link to itself is none', async ({ world }) => {
  define(world, seed);
  await shell(world, 'rm seed; ln -s seed seed');
  expect((await bootstrap(world)).stderr).toContain('Cannot find the source of seed-1 ');
});

test('what wasn’t isolated is packed so that it works where it was built', async ({ world }) => {
  const script = 'mkdir $out; echo hello >$out/hello; ln -s $out/hello $out/link';
  define(world, `${seed}${scripted('greeting', script)}`);
  const env = { PATH: '/nowhere' };
  expect(await bootstrap(world, ['--pack=/pack.tgz', 'greeting'], { env })).toMatchObject({
    status: 0,
  });
  const run =
    'cd /; rm -rf /job/store0; tar -xzf /pack.tgz -C /; cat /job/store0/*-greeting-1/link';
  expect(await shell(world, run)).toBe('hello\n');
});

test('a definition file whose name is no text, and two packages of one name', async ({ world }) => {
  const other = seed.replace('define-public seed', 'define-public other').replace('"1"', '"2"');
  define(world, `${seed}${other}`);
  const odd = `mv bootstrap0.scm $(printf 'caf\\351.scm'); guix-entry-point bootstrap caf*.scm`;
  expect(await shell(world, `${odd} seed@1 | cut -d' ' -f1`)).toBe('seed-1\n');
  expect(
    await shell(world, 'guix-entry-point bootstrap caf*.scm seed seed@2 | cut -d" " -f1'),
  ).toBe('seed-1\nseed-2\n');
  const renamed = "sed -i 's/define-public seed/define-public one/' caf*.scm";
  const said = await shell(
    world,
    `${renamed}; guix-entry-point bootstrap caf*.scm seed 2>&1 || true`,
  );
  expect(said).toMatch(
    /^\+ guix-entry-point: .*caf.*\.scm has more than one package 'seed'\.\n\+ Hint: Name the one that is meant as it is defined: one or other\.\n$/,
  );
});
