// Real sources: GNU hello and TinyCC by the machine's compiler, and FIGlet by that TinyCC.
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import type { Entry } from '../../src/bootstrap/manifest.ts';
import { bootstrap, hostTools, shell, test } from '../support/bootstrap-world.ts';
import { expect, list } from '../support/real.ts';
import type { World } from '../../scripts/world.ts';

const prepare = `cp /fixtures/bootstrap/bootstrap0.scm .
ln -s /sources/hello_*.tar.gz hello.tar.gz
ln -s /sources/tcc_*.tar.bz2 tcc.tar.bz2
ln -s /sources/figlet_*.tar.gz figlet.tar.gz`;
const lent = `--host-tools=${hostTools.join(',')}`;

async function build(world: World, directory: string, words: string): Promise<readonly Entry[]> {
  const run = `mkdir -p ${directory}; cd ${directory}; ${prepare}
guix-entry-point --json bootstrap bootstrap0.scm ${lent} ${words} 2>err || { cat err; false; }`;
  const lines = (await shell(world, run)).trim().split('\n');
  return lines.map((line): Entry => JSON.parse(line));
}

test('hello, TinyCC, and what needs both: twice with the same hash', async ({ world }) => {
  const first = await build(world, '/job', '--rounds=2 --pack=pack.tar.gz');
  expect(first.map(({ package: name }) => name)).toEqual(['hello', 'tcc', 'figlet']);
  expect(new Set(first.map(({ isolation }) => isolation))).toEqual(new Set(['name spaces']));
  expect(first[0]?.hostTools).toEqual(hostTools);
  const greeting = await shell(world, 'cat /job/store0/*-figlet-2.2.5/greeting');
  expect(greeting.split('\n')[1]).toBe(
    String.raw`| | | | ___| | | ___    __      _____  _ __| | __| | |`,
  );
  // It was TinyCC: that has no note of its version as GCC has.
  const note =
    'grep -c "GCC: (Debian" store0/*-hello-2.10/bin/hello store0/*-figlet-2.2.5/bin/figlet';
  expect(await shell(world, `${note} || true`)).toMatch(/hello:1\n.*figlet:0\n$/);
  // Elsewhere, once, without a look at what was built here.
  expect(await build(world, '/some/where/else', '--pack=pack.tar.gz')).toEqual(first);
  expect(await shell(world, 'cmp pack.tar.gz /some/where/else/pack.tar.gz && echo same')).toBe(
    'same\n',
  );
  const works = 'tar -xzf pack.tar.gz -C / && /store0/*-figlet-2.2.5/bin/figlet works | wc -l';
  expect(await shell(world, works)).toBe('6\n');
});

test('a flipped bit in a tarball, and a wrong output hash', async ({ world }) => {
  await shell(world, prepare);
  const archive = readFileSync(world.at('/sources/tcc_0.9.27+git20200814.62c30a4a.orig.tar.bz2'));
  archive.writeUInt8(archive.readUInt8(500_000) ^ 0x10, 500_000);
  await shell(world, 'rm tcc.tar.bz2');
  writeFileSync(world.at('/job/tcc.tar.bz2'), archive);
  const { status, stderr } = await bootstrap(world, [lent]);
  expect({ status, stderr }).toEqual({
    status: 1,
    stderr: expect.stringMatching(
      /^\+ guix-entry-point: \.\/tcc\.tar\.bz2 is not the source of tcc-0\.9\.27-62c30a4a: its SHA-256 is another\.\n\+ SHA-256:\n\+ {3}expected: \w{52}\n\+ {3}actual: {3}\w{52}\n/,
    ),
  });
  const text = readFileSync(world.at('/job/bootstrap0.scm'), 'utf8');
  const wrong = text.replace("'(#:tests? #f", `'(#:output-hash "${'0'.repeat(52)}" #:tests? #f`);
  writeFileSync(world.at('/job/bootstrap0.scm'), wrong);
  cpSync(
    world.at('/sources/tcc_0.9.27+git20200814.62c30a4a.orig.tar.bz2'),
    world.at('/job/tcc.tar.bz2'),
  );
  const stopped = await bootstrap(world, [lent, 'figlet']);
  expect(stopped.status).toBe(1);
  expect(stopped.stderr).toMatch(
    /The build of tcc-0\.9\.27-62c30a4a did not come to what #:output-hash says\.\n/,
  );
  expect(stopped.stderr).not.toContain('Building figlet');
  const items = list(world, '/job/store0').map((name) => name.replace(/^[0-9a-z]{32}-/, ''));
  expect(items).not.toContain('tcc-0.9.27-62c30a4a');
  expect(await shell(world, 'ls store0/failed/*-tcc-*/output/bin')).toBe('tcc\n');
});
