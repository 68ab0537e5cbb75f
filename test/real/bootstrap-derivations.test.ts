// The names of outputs are those that the real Guix computes from the same derivations.
import { readFileSync } from 'node:fs';
import { bootstrap, define, scripted, seed, shell } from '../support/bootstrap-world.ts';
import { expect, list, test } from '../support/real.ts';

test('derivations are read by Guix, and come to the same outputs', async ({ world }) => {
  await shell(world, 'cp /usr/bin/busybox /job/seed; ln -s /job/store0 /job/store1 /');
  // Letters of ASCII: others Guix's client hashes as Latin-1, unlike its daemon, which has bytes.
  const odd = scripted('odd', 'printf "a\\tb\\\\\n\\"" >$out', { inputs: 'greeting seed' });
  const greeting = scripted('greeting', 'ln -s $(which sh) $out');
  define(world, `${seed}${greeting}`);
  define(world, odd, 'bootstrap1.scm');
  expect(await bootstrap(world)).toMatchObject({ status: 0 });
  await shell(world, 'guix-entry-point bootstrap bootstrap1.scm');
  for (const [store, count] of [
    ['/store0', 3],
    ['/store1', 1],
  ] as const) {
    const files = list(world, `/job${store}`).filter((name) => name.endsWith('.drv'));
    expect(files).toHaveLength(count);
    const paths = files.map((name) => `${store}/${name}`);
    const outputs = paths.map((path) => {
      const text = readFileSync(world.at(`/job${path}`), 'utf8');
      return /^Derive\(\[\("out","([^"]+)"/.exec(text)?.[1];
    });
    const check = `guix repl -- /fixtures/bootstrap/check-derivations.scm ${paths.join(' ')}`;
    expect(await shell(world, check, { env: { NIX_STORE: store } })).toBe(
      paths.map((path, index) => `${path} ${outputs[index]}\n`).join(''),
    );
  }
});

test('Guix reads the definitions of the examples, too', async ({ world }) => {
  const packages = ['(@ (bootstrap0) figlet)', '(@ (guile-from-source) guile-3.0)'];
  const words = packages.map((expression) => `-e '${expression}'`).join(' ');
  const build = `guix-entry-point guix build -L /fixtures/bootstrap --derivations ${words}`;
  const derivations = (await shell(world, build)).trim().split('\n');
  expect(derivations).toEqual([
    expect.stringMatching(/-figlet-2\.2\.5\.drv$/),
    expect.stringMatching(/-guile-3\.0\.10\.drv$/),
  ]);
});
