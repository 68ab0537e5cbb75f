import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StoredLog } from '../../src/build-logs/tree.ts';
import { selectLogs } from '../../src/logs-word/select.ts';
import { expect, test } from '../support/directory.ts';

/** Thirty-two of a character: what a hash looks like. */
function hash(character: string): string {
  return character.repeat(32);
}

function makeLog(store: string, item: string): StoredLog {
  const log = `/var/log/guix/drvs/${item.slice(0, 2)}/${item.slice(2)}.drv.gz`;
  return {
    derivation: join(store, `${item}.drv`),
    log,
    begunAt: 0,
    writtenAt: 0,
    storedSize: 20,
  };
}

const items = [
  `${hash('a')}-hello-2.12`,
  `${hash('b')}-hello-2.10`,
  `${hash('c')}-hello-2.12.tar.gz`,
  `${hash('d')}-hello-world-1.0`,
  `${hash('f')}-guile-json-4.7`,
  `abcd12${'g'.repeat(26)}-profile`,
];

const store = '/gnu/store';
const logs = items.map((item) => makeLog(store, item));

/** The names of the store items whose logs were selected. */
function select(...names: readonly string[]): string[] {
  const { selected } = selectLogs(logs, names, store);
  return selected.map(({ derivation }) => derivation.slice(store.length + 34, -'.drv'.length));
}

test.for([
  ['hello', ['hello-2.12', 'hello-2.10', 'hello-2.12.tar.gz']],
  ['hello-2.12', ['hello-2.12']],
  ['hello@2.12', ['hello-2.12']],
  ['guile-json', ['guile-json-4.7']],
  ['profile', ['profile']],
  [`/gnu/store/${hash('b')}-hello-2.10.drv`, ['hello-2.10']],
  [`/gnu/store//${hash('b')}-hello-2.10.drv`, ['hello-2.10']],
  [`${hash('b')}-hello-2.10.drv`, ['hello-2.10']],
  ['abcd12', ['profile']],
  ['abcd12gg', ['profile']],
  [hash('d'), ['hello-world-1.0']],
  [`/var/log/guix/drvs/bb/${'b'.repeat(30)}-hello-2.10.drv.gz`, ['hello-2.10']],
  [`/var/log/guix//drvs/bb/${'b'.repeat(30)}-hello-2.10.drv.gz`, ['hello-2.10']],
] as const)('%s selects %j', ([name, selected]) => {
  expect(select(name)).toEqual(selected);
  expect(selectLogs(logs, [name], store).unmatched).toEqual([]);
});

test.for(['', '/', '.', 'hell', 'guile', 'abcd1', 'json', '-2.12', '2.12', hash('e'), '../hello'])(
  '«%s» selects nothing',
  (name) => {
    const { selected, unmatched } = selectLogs(logs, [name], store);
    expect(selected).toEqual([]);
    expect(unmatched).toEqual([expect.objectContaining({ name })]);
  },
);

test('what several names select is there once', () => {
  expect(select('hello-2.12', 'hello', hash('a'))).toEqual([
    'hello-2.12',
    'hello-2.10',
    'hello-2.12.tar.gz',
  ]);
});

test.for([
  ['helo', 'hello'],
  ['hello-2.13', 'hello-2.12'],
  ['guile-jsno', 'guile-json'],
  ['zlib', undefined],
  ['x', undefined],
] as const)('instead of %s, %s was probably meant', ([name, nearest]) => {
  const expected = nearest === undefined ? { name } : { name, nearest };
  expect(selectLogs(logs, [name], store).unmatched).toEqual([expected]);
});

test('an output is found by what its derivation says', ({ directory }) => {
  const made = `${hash('1')}-hello-2.12`;
  const documentation = `${hash('2')}-hello-2.12-doc`;
  mkdirSync(directory, { recursive: true });
  const outputs = [made, documentation].map((item) => `("x","${join(directory, item)}","","")`);
  writeFileSync(
    join(directory, `${items[0]}.drv`),
    `Derive([${outputs.join(',')}],[],[],"x86_64-linux","/bin/sh",[],[])`,
  );
  const there = items.map((item) => makeLog(directory, item));
  for (const name of [made, join(directory, made), `${join(directory, documentation)}/`]) {
    const { selected } = selectLogs(there, [name], directory);
    expect(selected).toEqual([there[0]]);
  }
  const other = join(directory, `${hash('3')}-hello-2.12`);
  expect(selectLogs(there, [other], directory).selected).toEqual([]);
});
