// Servers with every fault there is, alone and with a good one beside them. The real daemon takes what
// real `guix publish` has made, through the gateway: the right item, or none, and never another.
import { expect, fetchItem, type Publisher, readUse, test } from '../support/substitutes.ts';

/** The fault, what comes of a server that has it and is alone, and what is told of that server. */
const faults = [
  ['refused', () => 'http://127.0.0.1:1', 'built', 'connection refused'],
  ['DNS', () => 'http://substitutes.invalid', 'built', 'host not found'],
  ['black hole', ({ blackHole }) => blackHole, 'built', 'it does not answer'],
  ['stall', faulty('stall'), 'built', 'it does not answer'],
  ['drip from the first byte', faulty('dripall'), 'built', 'it does not answer'],
  ['404', faulty('missing'), 'built', undefined],
  ['500', faulty('error-500'), 'built', 'HTTP status 500'],
  ['502', faulty('error-502'), 'built', 'HTTP status 502'],
  ['redirect', faulty('redirect'), 'substituted', undefined],
  ['truncated nar', faulty('truncate'), 'substituted', undefined],
  ['corrupted nar', faulty('corrupt'), 'not at all', undefined],
  ['wrong hash', faulty('hash'), 'built', 'a narinfo of it is falsely signed'],
  ['unsigned narinfo', faulty('unsigned'), 'built', 'a narinfo of it is unsigned'],
  ['forged signature', faulty('forged'), 'built', 'a narinfo of it is falsely signed'],
  ['unauthorised key', ({ stranger }) => stranger, 'built', undefined],
  ['narinfo for another item', faulty('other'), 'built', 'a narinfo of it is of another item'],
  ['no narinfo at all', faulty('garbage'), 'built', 'a narinfo of it is unsigned'],
] as const satisfies readonly (readonly [
  string,
  (publisher: Publisher) => string,
  string,
  string | undefined,
])[];

function faulty(fault: string): (publisher: Publisher) => string {
  return (publisher) => publisher.faulty(fault);
}

test.for(faults)('%s, alone', async ([, locate, expected, reason], { publisher, item }) => {
  const url = locate(publisher);
  const outcome = await fetchItem(publisher, item, [`--substitute-urls=${url}`]);
  expect(outcome.came, outcome.stderr).toBe(expected);
  const use = reason === undefined ? undefined : `none; failed: ${url} (${reason})`;
  if (expected === 'built') expect(readUse(outcome)).toBe(use);
});

const harmless = faults.filter(([name]) => name !== 'corrupted nar');

test.for(harmless)('%s, and a good server', async ([, locate], { publisher, item }) => {
  const urls = `${locate(publisher)} ${publisher.faulty('none')}`;
  const outcome = await fetchItem(publisher, item, [`--substitute-urls=${urls}`]);
  expect(outcome.came, outcome.stderr).toBe('substituted');
  expect(outcome.status).toBe(0);
});

test('all of them at once, and a good server', async ({ publisher, item }) => {
  const urls = [...harmless.map(([, locate]) => locate(publisher)), publisher.faulty('none')];
  const outcome = await fetchItem(publisher, item, [`--substitute-urls=${urls.join(' ')}`]);
  expect(outcome.came, outcome.stderr).toBe('substituted');
});

test('a corrupted nar beside a good one is taken for neither', async ({ publisher, item }) => {
  const urls = `${publisher.faulty('corrupt')} ${publisher.faulty('none')}`;
  const outcome = await fetchItem(publisher, item, [`--substitute-urls=${urls}`]);
  expect(['substituted', 'not at all']).toContain(outcome.came);
});

test('a nar that stops in the middle goes on elsewhere', async ({ publisher, item }) => {
  // The other one is known by the time at which it is needed, and not before.
  for (const fault of ['hang', 'drip']) {
    const urls = `${publisher.faulty(fault)} ${publisher.faulty('slow-300')}`;
    const outcome = await fetchItem(publisher, item, [`--substitute-urls=${urls}`]);
    expect(outcome.came, outcome.stderr).toBe('substituted');
    expect(readUse(outcome)).toMatch(/^1 item, .*: .* from .*, .* from /);
  }
});
