import { mkdirSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { partValue } from '../../src/environment/store-entries.ts';
import { findStoreVariables } from '../../src/environment/store-variables.ts';
import { expect, test } from '../support/directory.ts';

const item = '/gnu/store/s3jz1h9wqfcbb7w4r0b2xvmxslpnqkjs-item';

test.for([
  ['the whole value', `${item}/lib`, [`${item}/lib`], ''],
  ['of Nix', '/nix/store/abc-item/lib', ['/nix/store/abc-item/lib'], ''],
  ['an item itself, as PYTHONHOME is', item, [item], ''],
  ['the first of a list', `${item}/lib:/usr/lib`, [`${item}/lib`], '/usr/lib'],
  ['the last', `/usr/lib:${item}/lib`, [`${item}/lib`], '/usr/lib'],
  ['in between', `/a:${item}/b:/c`, [`${item}/b`], '/a:/c'],
  ['an entry that is empty stays', `/a::${item}/b`, [`${item}/b`], '/a:'],
  ['of nothing but empty entries nothing stays', `${item}/b::`, [`${item}/b`], ''],
  ['several', `${item}/a:/b:${item}/c`, [`${item}/a`, `${item}/c`], '/b'],
  ['as Lua separates them', `/a/?.lua;${item}/?.lua;;`, [`${item}/?.lua`], '/a/?.lua;;'],
  ['as LD_PRELOAD may', `${item}/a.so /usr/b.so`, [`${item}/a.so`], '/usr/b.so'],
  ['a blank in a path', `/with blank:${item}/a`, [`${item}/a`], '/with blank'],
  ['an option', `-O2 -L${item}/lib -lm`, [`-L${item}/lib`], '-O2 -lm'],
  ['an option behind commas', `-Wl,-rpath=/a:${item}/lib`, [`-Wl,-rpath=/a:${item}/lib`], ''],
  ['an option of two words', `-a --require ${item}/x.js -b`, [`--require ${item}/x.js`], '-a -b'],
  ['what follows the last option', `-a -isystem ${item}/x`, [`-isystem ${item}/x`], '-a'],
] as const)('%s', ([, value, entries, rest]) => {
  expect(partValue(value)).toEqual({ entries, rest });
});

test.for([
  ['a path like it', '/mnt/gnu/store/abc-item/lib'],
  ['an URL', 'https://example.org/gnu/store/abc-item'],
  ['the store itself', '/gnu/store'],
  ['prose', `Update ${item}/lib: it is newer`],
  ['several lines', `${item}/lib\n`],
  ['a derivation', `${item}.drv`],
  ['JSON', `{"item":"${item}"}`],
  ['nothing', ''],
  ['a relative path', 'gnu/store/abc'],
] as const)('not %s', ([, value]) => {
  expect(partValue(value)).toBeUndefined();
});

test('what leads there through links; what is not there leads nowhere', ({ directory }) => {
  const [good, dangling] = [join(directory, 'good'), join(directory, 'dangling')];
  mkdirSync(join(directory, 'real'));
  symlinkSync(join(directory, 'real'), good);
  symlinkSync(item, dangling);
  expect(partValue(`${good}:${dangling}:/nowhere`)).toBeUndefined();
});

test('names that are never meant', () => {
  const environment = Object.fromEntries(
    [
      ...['PATH', 'SHELL', '_', 'MANPATH', 'INFOPATH', 'PWD', 'OLDPWD', 'HOME', 'TZDIR'],
      ...['GUIX_PROFILE', 'GUIX_LOCPATH', 'NIX_PATH', 'SSL_CERT_DIR', 'TERMINFO_DIRS', 'LOCPATH'],
      ...['LD_LIBRARY_PATH', 'XPATH', 'PATHS', 'MY_GUIX_'],
    ].map((name) => [name, `${item}/lib`]),
  );
  expect(findStoreVariables(environment).map(({ name }) => name)).toEqual([
    ...['LD_LIBRARY_PATH', 'XPATH', 'PATHS', 'MY_GUIX_'],
  ]);
});
