import { expect, test } from 'vitest';
import { judge } from '../../src/substitutes-word/judge.ts';
import { renderJson, renderTable, renderThroughput } from '../../src/substitutes-word/table.ts';

const [ours, theirs] = ['0A', 'B1'].map(
  (byte) => `(public-key (ecc (curve Ed25519) (q #${byte.repeat(32)}#)))`,
);
const keys = { files: new Map([['a.pub', `${ours}`]]), authorized: new Set([`${ours}`]) };
const good = { answers: true, isOfUse: true, latency: 12.345, throughput: 1_250_000 };

const servers = [
  judge({ server: { url: 'http://a.example', key: 'a.pub' }, ...good }, keys),
  judge({ server: { url: 'http://b' }, ...good, latency: 0.41, publicKey: theirs }, keys),
  judge({ server: { url: 'http://c', key: 'lost.pub' }, ...good, throughput: undefined }, keys),
  judge(
    { server: { url: 'http://d' }, answers: false, isOfUse: false, problem: 'no\u001b[2J\nway' },
    keys,
  ),
];

test('the columns are aligned, and what a server said is tame', () => {
  expect(renderTable(servers, { heading: true })).toEqual([
    'SERVER            ANSWERS  LATENCY  THROUGHPUT  AUTHORIZED  KEY        NOTE',
    'http://a.example  yes         12ms    1.2MiB/s  yes         a.pub',
    'http://b          yes        0.4ms    1.2MiB/s  no          B1B1B1B1…',
    'http://c          yes         12ms           -  -           lost.pub',
    'http://d          no             -           -  -           -          no^[[2J^Jway',
  ]);
  expect(renderTable(servers.slice(3), { heading: false })).toEqual([
    'http://d  no  -  -  -  -  no^[[2J^Jway',
  ]);
});

test('as JSON, what is not known is null', () => {
  expect(servers.slice(1).map((server) => JSON.parse(renderJson(server)) as unknown)).toEqual([
    {
      url: 'http://b',
      answers: true,
      latency: 0.41,
      throughput: 1_250_000,
      authorized: false,
      key: null,
      publicKey: theirs,
      problem: null,
    },
    expect.objectContaining({ authorized: null, key: 'lost.pub', publicKey: null }),
    {
      url: 'http://d',
      answers: false,
      latency: null,
      throughput: null,
      authorized: null,
      key: null,
      publicKey: null,
      problem: 'no\u001b[2J\nway',
    },
  ]);
});

test('the key that a server was seen to sign with is the one', () => {
  const server = { url: 'http://b', key: 'b.pub' };
  const files = new Map([
    ['a.pub', `${ours}`],
    ['b.pub', `${theirs}`],
  ]);
  const seen = judge({ server, ...good, publicKey: ours }, { ...keys, files });
  expect(seen).toMatchObject({ key: 'a.pub', publicKey: ours, authorized: true });
  const listed = judge({ server, ...good }, { ...keys, files });
  expect(listed).toMatchObject({ key: 'b.pub', publicKey: theirs, authorized: false });
});

test.for([
  [0, '0B/s'],
  [1023, '1023B/s'],
  [1024, '1.0KiB/s'],
  [10_240, '10KiB/s'],
  [5 * 2 ** 20, '5.0MiB/s'],
  [2 ** 40, '1024GiB/s'],
] as const)('%i bytes in a second are %s', ([bytes, text]) => {
  expect(renderThroughput(bytes)).toBe(text);
});
