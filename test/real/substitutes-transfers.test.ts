// Nars on their way: many at once, broken off, through a proxy.
import { readFileSync } from 'node:fs';
import { listDaemons, run, runIn, start } from '../support/real.ts';
import {
  build,
  expect,
  expectNothingLeft,
  fetchItem,
  forget,
  get,
  type Item,
  publishItem,
  readUse,
  test as base,
} from '../support/substitutes.ts';

/** An item that takes three seconds at 1 MB/s. */
const test = base.extend<{ large: Item }>({
  large: [async ({ publisher }, use) => use(await publishItem(publisher, 3000)), { scope: 'file' }],
});

const rival = 'http://127.0.0.1:9002';
const serveRival = ['/fixtures/programs/substitute-server', '9002', '8181'];
const proxyUrl = 'http://user:secret@127.0.0.1:9005';

test('a server that dies in the middle of a nar: another one goes on', async ({
  publisher,
  large,
}) => {
  const { serve, world, faulty } = publisher;
  const dying = await serve(serveRival);
  // The other one has lost the race for the beginning.
  const urls = `--substitute-urls=${rival}/rate-1 ${faulty('late-1000')}`;
  const fetching = fetchItem(publisher, large, [urls]);
  await expect.poll(() => get(world, `${rival}/sent`)).toMatch(/^[3-9]\d{5}|^\d{7}/);
  dying.end();
  const outcome = await fetching;
  expect(outcome.came, outcome.stderr).toBe('substituted');
  expect(readUse(outcome)).toMatch(/^1 item, .* from .*, .* from .*; failed: .*9002.*connection/);
});

test('SIGTERM in the middle of a nar leaves nothing', async ({ publisher, large }) => {
  const { serve, world } = publisher;
  const slow = await serve(serveRival);
  const running = start(world, [`--substitute-urls=${rival}/rate-1`, ...build], { env: large.env });
  await expect.poll(() => get(world, `${rival}/sent`)).toMatch(/^[1-9]\d{4}/);
  process.kill(running.pid, 'SIGTERM');
  expect((await running.ended).status).toBe(143);
  expectNothingLeft(world);
  slow.end();
});

test('16 clients at once, each of an item of its own', async ({ publisher }) => {
  const { world, real, faulty } = publisher;
  const sizes = Array.from({ length: 16 }, (_, index) => 100 + index);
  const items: Item[] = [];
  for (const size of sizes) items.push(await publishItem(publisher, size));
  const script = `for size in ${sizes.join(' ')}; do ITEM_SIZE=$size ${build.join(' ')} & done; wait`;
  const urls = `--substitute-urls=${real} ${faulty('none')} ${faulty('stall')}`;
  const outcome = await run(world, ['--trace=off', urls, 'bash', '-c', script]);
  expect(outcome.stdout.split('\n').toSorted()).toEqual(
    ['', ...items.map(({ path }) => path)].toSorted(),
  );
  expect(outcome.stderr).not.toContain('built here');
  expect(readUse(outcome)).toMatch(/^16 items, /);
  expectNothingLeft(world);
  for (const item of items) await forget(publisher, item);
});

test('http_proxy and its credentials', async ({ publisher, item }) => {
  const { serve, world } = publisher;
  const proxy = await serve(['/fixtures/programs/proxy', '9005']);
  const env = { ...item.env, http_proxy: proxyUrl };
  // Only the proxy knows where that is.
  const urls = '--substitute-urls=http://substitutes.example:9000/none';
  const outcome = await run(world, [urls, ...build], { env });
  expect(outcome.stderr).not.toContain('built here');
  expect(readUse(outcome)).toMatch(
    /^1 item, \d+ KiB from http:\/\/substitutes\.example:9000\/none$/,
  );
  const asked = `GET http://substitutes.example:9000/none/${item.hash}.narinfo Basic dXNlcjpzZWNyZXQ=\n`;
  expect(proxy.said()).toContain(asked);
  proxy.end();
  await forget(publisher, item);
});

test('http_proxy: what the daemon asks others for reaches that proxy', async ({ publisher }) => {
  const { serve, world } = publisher;
  const proxy = await serve(['/fixtures/programs/proxy', '9005']);
  const env = { http_proxy: proxyUrl };
  const words = ['--substitute-urls=http://a.example', 'sh', '-c', 'echo ready >&2; read -r line'];
  const running = start(world, words, { env });
  await running.says('ready\n');
  const daemon = listDaemons(world).find(({ command }) => command.includes('substitute-urls'));
  const given = readFileSync(world.at(`/proc/${daemon?.pid}/environ`), 'latin1');
  const gateway = /(?:^|\0)http_proxy=http:\/\/127\.0\.0\.1:(\d+)\0/.exec(given)?.[1] ?? '';
  // As a download asks: for the whole URL, at the proxy.
  const script = `require('http').get({ port: process.argv[1], path: 'http://files.example:9000/requests' }, (answer) => { console.log(answer.statusCode); process.exit(); })`;
  const asked = await runIn(world, ['node', '-e', script, gateway]);
  expect(asked.stdout).toBe('200\n');
  expect(proxy.said()).toContain('GET http://files.example:9000/requests Basic dXNlcjpzZWNyZXQ=\n');
  running.child.stdin?.end('\n');
  await running.ended;
  proxy.end();
});

test('no_proxy', async ({ publisher, item }) => {
  const proxy = await publisher.serve(['/fixtures/programs/proxy', '9005']);
  const env = { ...item.env, http_proxy: 'http://127.0.0.1:9005', no_proxy: 'localhost,127.0.0.1' };
  const urls = `--substitute-urls=${publisher.real}`;
  const outcome = await run(publisher.world, [urls, ...build], { env });
  expect(readUse(outcome)).toContain('1 item, ');
  expect(proxy.said()).toBe('ready (port: 9005)\n');
  proxy.end();
  await forget(publisher, item);
});

test('https, with a certificate that nobody trusts', async ({ publisher, item }) => {
  const urls = '--substitute-urls=https://127.0.0.1:9001/none';
  const outcome = await fetchItem(publisher, item, [urls]);
  expect(outcome.came, outcome.stderr).toBe('substituted');
});

test('https_proxy and its credentials', async ({ publisher, item }) => {
  const { serve, world } = publisher;
  const proxy = await serve(['/fixtures/programs/proxy', '9005']);
  // As for curl, it need not be a URL.
  const env = { ...item.env, https_proxy: proxyUrl.replace('http://', '') };
  const urls = '--substitute-urls=https://substitutes.example:9001/none';
  const outcome = await run(world, [urls, ...build], { env });
  expect(outcome.stderr).not.toContain('built here');
  expect(readUse(outcome)).toContain('1 item, ');
  expect(proxy.said()).toMatch(/^CONNECT substitutes\.example:9001 Basic dXNlcjpzZWNyZXQ=$/m);
  proxy.end();
  await forget(publisher, item);
});
