// Binary caches with every fault there is, alone and with a good one beside them. Real nix-daemons take
// what real Nix has made, through the gateway: the right item, or none, and never another.
import { run } from '../support/real.ts';
import {
  type Caches,
  expect,
  expectNothingLeft,
  fetchItem,
  nixBuild,
  test,
  publishItem,
} from '../support/nix-substitutes.ts';
import { readUse } from '../support/substitutes.ts';

/** The fault, what comes of a server that has it and is alone, and what is told of that server. */
const faults = [
  ['refused', () => 'http://127.0.0.1:1', 'built', 'connection refused'],
  ['black hole', ({ blackHole }) => blackHole, 'built', 'it does not answer'],
  ['stall', faulty('stall'), 'built', 'it does not answer'],
  ['404', faulty('missing'), 'built', undefined],
  ['500', faulty('error-500'), 'built', 'HTTP status 500'],
  ['502', faulty('error-502'), 'built', 'HTTP status 502'],
  ['truncated nar', faulty('truncate'), 'substituted', undefined],
  ['tampered nar', faulty('corrupt'), 'not at all', undefined],
  ['tampered narinfo', faulty('hash'), 'built', 'a narinfo of it is falsely signed'],
  ['unsigned narinfo', faulty('unsigned'), 'built', 'a narinfo of it is unsigned'],
  ['forged signature', faulty('forged'), 'built', 'a narinfo of it is falsely signed'],
  ['untrusted key', ({ stranger }) => stranger, 'built', undefined],
  ['narinfo for another item', faulty('other'), 'built', 'a narinfo of it is of another item'],
  ['no narinfo at all', faulty('garbage'), 'built', 'a narinfo of it is malformed'],
] as const satisfies readonly (readonly [
  string,
  (caches: Caches) => string,
  string,
  string | undefined,
])[];

function faulty(fault: string): (caches: Caches) => string {
  return (caches) => caches.faulty(fault);
}

const harmless = faults.filter(([name]) => name !== 'tampered nar');

test.for(faults)('%s, alone', async ([, locate, expected, reason], { caches }) => {
  const url = locate(caches);
  const outcome = await fetchItem(caches, [`--substitute-urls=${url}`]);
  expect(outcome.came, outcome.stderr).toBe(expected);
  const use = reason === undefined ? undefined : `none; failed: ${url} (${reason})`;
  if (expected === 'built') expect(readUse(outcome)).toBe(use);
  // It asks again what it takes for a passing fault, up to five times.
  expect(outcome.stderr).not.toContain('retrying');
});

test.for(harmless)('%s, and a good server', async ([, locate], { caches }) => {
  const urls = `${locate(caches)} ${caches.faulty('none')}`;
  const outcome = await fetchItem(caches, [`--substitute-urls=${urls}`]);
  expect(outcome).toMatchObject({ came: 'substituted', status: 0 });
});

test('all of them at once, and a good server', async ({ caches }) => {
  const urls = [...harmless.map(([, locate]) => locate(caches)), caches.faulty('none')];
  const words = ['-v', `--substitute-urls=${urls.join(' ')}`];
  const outcome = await fetchItem(caches, words);
  expect(outcome.came, outcome.stderr).toBe('substituted');
  // Nobody waits for those that say nothing.
  const [, took] = /The command ended after (\d+) ms/.exec(outcome.stderr) ?? [];
  expect(Number(took)).toBeLessThan(3000);
});

test('a tampered nar, and Nix is told to build then', async ({ caches }) => {
  const words = [`--substitute-urls=${caches.faulty('corrupt')}`];
  const outcome = await fetchItem(caches, words, { more: ['--fallback'] });
  expect(outcome.came, outcome.stderr).toBe('built');
  expect(outcome.stderr).toMatch(/hash mismatch|Corrupted input data/);
});

test('a nar that stops in the middle goes on elsewhere', async ({ caches }) => {
  for (const fault of ['hang', 'drip']) {
    const urls = `${caches.faulty(fault)} ${caches.faulty('slow-300')}`;
    const outcome = await fetchItem(caches, [`--substitute-urls=${urls}`]);
    expect(outcome.came, outcome.stderr).toBe('substituted');
    expect(readUse(outcome)).toMatch(/^1 item, .*: .* from .*, .* from /);
  }
});

test('a large nar, from the faster of two servers', async ({ caches }) => {
  const item = await publishItem(caches.world, 6000);
  const urls = `${caches.faulty('rate-1')} ${caches.faulty('none')}`;
  const outcome = await fetchItem({ ...caches, item }, [`--substitute-urls=${urls}`]);
  expect(outcome.came, outcome.stderr).toBe('substituted');
  expect(readUse(outcome)).toMatch(new RegExp(`from ${caches.faulty('none')}`));
});

test('16 items at once, and one of the servers stalls', async ({ caches }) => {
  const { world, real } = caches;
  const sizes = Array.from({ length: 16 }, (_, index) => 100 + index);
  const paths: string[] = [];
  for (const size of sizes) paths.push((await publishItem(world, size)).path);
  const builds = sizes.map((size) => `${nixBuild(size).join(' ')} &`).join(' ');
  const words = ['--trace=off', `--substitute-urls=${real} ${caches.faulty('stall')}`];
  const outcome = await run(world, [...words, 'sh', '-c', `${builds} wait`]);
  expect(outcome.stdout.split('\n').toSorted()).toEqual(['', ...paths].toSorted());
  expect(outcome.stderr).not.toContain('built here');
  expect(readUse(outcome)).toMatch(/^16 items, /);
  expectNothingLeft(world);
});
