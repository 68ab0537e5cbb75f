// The word `substitutes` and servers with every fault: each is told, and none costs more than its time.
import { listProcesses, startIn } from '../support/real.ts';
import {
  expect,
  measure,
  number,
  type Publisher,
  shell,
  test,
  unknown,
} from '../support/substitutes-word.ts';

/** The fault, and what is said of a server that has it. */
const faults = [
  ['a refusal', () => 'http://127.0.0.1:1', 'connection refused'],
  ['DNS', () => 'http://substitutes.invalid', 'host not found'],
  ['a black hole', ({ blackHole }) => blackHole, 'no answer within 2 s'],
  ['a stall', faulty('stall'), 'no answer within 2 s'],
  ['a drip', faulty('dripall'), 'no answer within 2 s'],
  ['404', faulty('missing'), 'HTTP status 404'],
  ['500', faulty('error-500'), 'HTTP status 500'],
] as const satisfies readonly Fault[];

const lies = [
  ['no signature', faulty('unsigned'), 'a narinfo of it is unsigned'],
  ['a forged signature', faulty('forged'), 'a narinfo of it is falsely signed'],
  ['a wrong hash', faulty('hash'), 'a narinfo of it is falsely signed'],
  ['narinfos for other items', faulty('other'), 'a narinfo of it is of another item'],
  ['no narinfos at all', faulty('garbage'), 'a narinfo of it is unsigned'],
] as const satisfies readonly Fault[];

type Fault = readonly [name: string, locate: (publisher: Publisher) => string, problem: string];

function faulty(fault: string): (publisher: Publisher) => string {
  return (publisher) => publisher.faulty(fault);
}

test('servers that are out cost no more than others, and it is said why', async ({ kept }) => {
  const { status, rows } = await measure(kept, ...faults.map(([, locate]) => locate(kept)));
  expect(status).toBe(1);
  expect(rows).toEqual(
    faults.map(([, locate, problem]) => ({
      url: locate(kept),
      answers: false,
      ...unknown,
      problem,
    })),
  );
});

test('servers that lie are found out, and a good one beside them is enough', async ({ kept }) => {
  const urls = [...lies.map(([, locate]) => locate(kept)), kept.real];
  const { status, rows } = await measure(kept, ...urls);
  expect(status).toBe(0);
  expect(rows.slice(0, -1)).toEqual(
    lies.map(([, locate, problem]) => ({
      ...unknown,
      url: locate(kept),
      answers: true,
      latency: number,
      problem,
    })),
  );
});

test('a nar that breaks off is told', async ({ kept }) => {
  const serve = `require('node:http').createServer(async ({ url }, response) => {
    if (url.includes('/nar/')) return response.destroy();
    const found = await fetch('${kept.real}' + url);
    response.writeHead(found.status).end(Buffer.from(await found.arrayBuffer()));
  }).listen(9100, '127.0.0.1', () => console.log('ready'));`;
  const server = await kept.serve(['node', '-e', serve]);
  const { rows } = await measure(kept, 'http://127.0.0.1:9100');
  server.end();
  expect(rows[0]).toMatchObject({
    answers: true,
    authorized: true,
    problem: "a nar of it can't be had: connection broken",
  });
});

test('a server for another store, and one that is none, are of no use', async ({ kept }) => {
  const serve = `require('node:http').createServer((request, response) => {
    response.end(request.url === '/other/nix-cache-info' ? 'StoreDir: /nix/store\\n' : '<html>');
  }).listen(9101, '127.0.0.1', () => console.log('ready'));`;
  const server = await kept.serve(['node', '-e', serve]);
  const urls = ['http://127.0.0.1:9101/other', 'http://127.0.0.1:9101/page'];
  const { status, rows } = await measure(kept, ...urls);
  server.end();
  expect(status).toBe(1);
  expect(rows).toEqual([
    { url: urls[0], answers: true, ...unknown, problem: 'it serves another store, /nix/store' },
    {
      url: urls[1],
      answers: true,
      ...unknown,
      problem: 'it is no substitute server: it names no store',
    },
  ]);
});

test('look-ups that hang hold up nobody, and not the end', async ({ kept }) => {
  const { world } = kept;
  const silent = `require('node:dgram').createSocket('udp4').bind(53, '127.0.0.1', () => console.log('ready'));`;
  const server = await kept.serve(['node', '-e', silent]);
  await shell(
    world,
    'echo nameserver 127.0.0.1 >/etc/resolv.conf; echo 127.0.0.1 good.example >>/etc/hosts',
  );
  const hanging = Array.from({ length: 8 }, (_, index) => `http://h${index}.example`);
  const lookingUp = startIn(world, ['getent', 'hosts', 'h0.example']);
  await expect
    .poll(() => listProcesses(world).map(({ command }) => command))
    .toContain('getent hosts h0.example');
  const { rows } = await measure(kept, ...hanging, 'http://good.example:8181');
  // One look-up that hangs, which set out before us, still does.
  expect(lookingUp.child.exitCode).toBeNull();
  process.kill(lookingUp.pid, 'SIGTERM');
  server.end();
  expect(rows.map(({ answers }) => answers)).toEqual([...hanging.map(() => false), true]);
});
