// What a build could do to the machine, to other stores, or to the next build, and doesn't.
import { bootstrap, define, scripted, seed, shell, test } from '../support/bootstrap-world.ts';
import { expect, list, startIn } from '../support/real.ts';

const asUser = 'setpriv --reuid=1000 --regid=1000 --clear-groups';

test('what --keep-failed keeps is the build’s own', async ({ world }) => {
  await shell(world, 'mkdir /usr/local/theirs; echo precious >/usr/local/theirs/data');
  const script = 'cd /; rm -r $TMPDIR; ln -s /usr/local/theirs $TMPDIR; exit 1';
  define(world, scripted('bad', script).replace('(inputs (list seed))', ''));
  const { stderr } = await bootstrap(world, ['--keep-failed', '--host-tools=sh,rm,ln']);
  const [, directory = ''] = /What the build has come to is (\S+)\n/.exec(stderr) ?? [];
  expect(await shell(world, `readlink ${directory}/build; cat /usr/local/theirs/data`)).toBe(
    '/usr/local/theirs\nprecious\n',
  );
  // And what is not its own isn't kept, nor taken for its output.
  const moved = 'mkdir -p /x/$out; cd /; mv store0 y; ln -s /usr/local store0; mkdir -p $out';
  define(world, scripted('bad', moved).replace('(inputs (list seed))', ''));
  await shell(world, 'touch /usr/local/$(basename $(echo store0/*.drv) .drv)');
  const lent = '--host-tools=sh,mkdir,mv,ln';
  expect((await bootstrap(world, ['--keep-failed', lent])).stderr).toContain(
    'The build of bad-1 failed',
  );
  expect(list(world, '/usr/local')).toContain('theirs');
});

test('an output that can’t be moved as it is doesn’t hide why the build failed', async ({
  world,
}) => {
  define(world, `${seed}${scripted('bad', 'mkdir $out; chmod 555 $out; exit 3')}`);
  const run = 'guix-entry-point bootstrap bootstrap0.scm --keep-failed 2>&1 || true';
  const said = await shell(world, `chown -R 1000 .; ${asUser} ${run}`);
  expect(said).toMatch(/The build of bad-1 failed: 'sh -ec .*': exit status 3\.\n/);
  expect(said).toMatch(/What the build has come to is \S+\n/);
  expect(said).not.toContain("'--keep-failed' leaves");
});

/** A package whose output is a link. */
function linked(name: string, target: string, inputs: string): string {
  return `(define-public ${name} (package (name "${name}") (version "1")
    (build-system trivial-build-system) (inputs ${inputs})
    (arguments '(#:builder (symlink ${target} (assoc-ref %outputs "out"))))))`;
}

test('an output that is a link leads where it leads in a build, not on the machine', async ({
  world,
}) => {
  await shell(world, 'echo secret >/secret; echo text >text');
  const text = '(origin (method url-fetch) (uri "http://x/text") (sha256 (base32 "@text@")))';
  const look = scripted(
    'look',
    'cat $(ls -d /store0/*-escape-1)/secret >$out || cat /store0/*-text-1 >$out',
    {
      inputs: 'seed escape text-1',
    },
  );
  define(
    world,
    `${seed}${linked('escape', '"/"', '`()')}
${linked('text-1', '(assoc-ref %build-inputs "text")', `\`(("text" ,${text}))`).replace('(name "text-1")', '(name "text")')}
${look}`,
  );
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  expect(await shell(world, 'cat store0/*-look-1')).toBe('text\n');
});

test('what is being built, and what has failed, is nobody else’s', async ({ world }) => {
  const script =
    'mkdir $out; cp $(which sh) $out/sh; chmod 4755 $out/sh; touch ready; while [ ! -e go ]; do :; done; exit 1';
  define(world, `${seed}${scripted('bad', script)}`);
  const running = startIn(world, [
    '/entry-point.sh',
    'bootstrap',
    'bootstrap0.scm',
    '--keep-failed',
  ]);
  const find = 'find store0/.build -name ready';
  await expect.poll(() => shell(world, `${find} || true`)).toContain('ready');
  expect(await shell(world, `${asUser} ls store0/.build 2>&1 || true`)).toContain(
    'Permission denied',
  );
  await shell(world, `touch $(dirname $(${find}))/go`);
  expect(await running.ended).toMatchObject({ status: 1 });
  expect(await shell(world, `${asUser} ls store0/failed 2>&1 || true`)).toContain(
    'Permission denied',
  );
});

test('a build has none of the descriptors that we were started with', async ({ world }) => {
  define(world, `${seed}${scripted('look', 'ls -l /proc/self/fd >$out')}`);
  await shell(world, 'bash -c "exec 200</ 7</; guix-entry-point bootstrap bootstrap0.scm"');
  expect(
    await shell(world, 'grep -c " -> " store0/*-look-1; grep " -> /$" store0/*-look-1 || true'),
  ).toBe('3\n');
});

test('a source that a finished output refers to is put right before it is used', async ({
  world,
}) => {
  const given = 'mkdir $out; ln -s $(echo /store0/*-busybox) $out/source';
  const using = scripted('using', 'cmp $(echo /store0/*-busybox) $(which busybox) && touch $out', {
    inputs: 'seed referring',
  });
  const origin =
    '("busybox" ,(origin (method url-fetch) (uri "http://x/busybox") (sha256 (base32 "@seed@"))))';
  const referring = scripted('referring', given).replace(
    '(list seed)',
    `\`(("seed" ,seed) ${origin})`,
  );
  await shell(world, 'cp seed busybox');
  define(world, `${seed}${referring}`);
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  for (const change of ['echo evil >$(echo store0/*-busybox)', 'rm store0/*-busybox']) {
    await shell(world, `${change}; rm -rf store0/*-using-1`);
    define(world, `${seed}${referring}${using}`);
    expect(await bootstrap(world)).toMatchObject({ status: 0 });
    expect(await shell(world, 'cmp seed store0/*-busybox && echo same')).toBe('same\n');
  }
  // Where it isn't to be had any more, that is told.
  await shell(world, 'rm store0/*-busybox busybox');
  expect((await bootstrap(world)).stderr).toContain('Cannot find the source of referring-1 ');
});

test('builds don’t see what isolates them', async ({ world }) => {
  define(
    world,
    `${seed}${scripted('look', "tr '\\0' ' ' </proc/1/cmdline >$out; cat /proc/1/environ >>$out || true")}`,
  );
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  expect((await shell(world, 'cat store0/*-look-1')).trim()).toBe('init');
});

test('what a program does to itself by a signal counts', async ({ world }) => {
  define(world, `${seed}${scripted('bad', 'touch $out; kill -TERM $$; echo still here')}`);
  expect((await bootstrap(world)).stderr).toMatch(
    /\nkilled by signal 15\n[^]*The build of bad-1 failed: 'sh -ec .*': exit status 143\.\n/,
  );
});

test('without any variable builds are isolated as well', async ({ world }) => {
  define(world, seed);
  await shell(world, 'env -i /entry-point.sh bootstrap bootstrap0.scm');
  expect(await shell(world, 'grep -c \'"isolation": "name spaces"\' store0/manifest.json')).toBe(
    '1\n',
  );
});

test('a directory of an input isn’t a program', async ({ world }) => {
  const odd = scripted('odd', 'mkdir -p $out/bin/cat; touch $out/bin/ls');
  const look = scripted('look', 'x', { inputs: 'odd seed' }).replace(
    '"sh" "-ec" "x"',
    '"cat" "/dev/null"',
  );
  define(
    world,
    `${seed}${odd}${look.replace('(invoke', '(begin (mkdir (assoc-ref %outputs "out")) (invoke "ls") (invoke').replace('null")', 'null"))')}`,
  );
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
});
