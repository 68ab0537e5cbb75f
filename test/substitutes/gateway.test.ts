// What a server can do that a gateway must not pass on. Guix isn't there to find out.
import { expect, test } from 'vitest';
import { hash, narinfo, openGateway, serve } from '../support/gateway.ts';

const nar = 'n'.repeat(100_000);
const isNarinfo = (url: string | undefined): boolean => url?.endsWith('.narinfo') === true;

test('what is longer than announced is cut', async () => {
  await using server = await serve(({ url, headers }, response) => {
    if (isNarinfo(url)) return response.end(narinfo('nar/x', nar.length));
    const start = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
    const range = `bytes ${start}-${nar.length - 1}/${nar.length}`;
    if (start === 0) {
      response.writeHead(200, { 'content-length': nar.length });
      return response.write(nar.slice(0, 5000), () => response.destroy());
    }
    response.writeHead(206, { 'content-range': range });
    return response.end(`${nar.slice(start)}HTTP/1.1 200 OK`);
  });
  await using gateway = await openGateway([server]);
  await gateway.ask(`/${hash}.narinfo`);
  const { body } = await gateway.ask('/nar/x');
  expect([body.length, body === nar]).toEqual([nar.length, true]);
});

test('a page in place of the nar is not the nar, and a server that has it is asked', async () => {
  await using page = await serve(({ url }, response) =>
    response.end(isNarinfo(url) ? narinfo('nar/x', nar.length) : '<html>log in</html>'),
  );
  await using good = await serve(({ url }, response) => {
    const answer = isNarinfo(url) ? narinfo('nar/x', nar.length) : nar;
    setTimeout(() => response.end(answer), 50);
  });
  await using gateway = await openGateway([page, good]);
  await gateway.ask(`/${hash}.narinfo`);
  const { head, body } = await gateway.ask('/nar/x');
  expect([head.slice(0, 12), body === nar]).toEqual(['HTTP/1.1 200', true]);
});

test('a mirror with another file does not go on with it', async () => {
  await using origin = await serve(({ url, headers }, response) => {
    if (isNarinfo(url)) return response.end(narinfo('nar/x', nar.length));
    const start = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
    const length = nar.length - start;
    const range = `bytes ${start}-${nar.length - 1}/${nar.length}`;
    response.writeHead(start > 0 ? 206 : 200, { 'content-length': length, 'content-range': range });
    if (start > 0) return response.end(nar.slice(start));
    return response.write(nar.slice(0, 5000), () => response.destroy());
  });
  const asked: string[] = [];
  await using mirror = await serve(({ url = '' }, response) => {
    asked.push(url);
    setTimeout(() => response.end(isNarinfo(url) ? '' : 'm'.repeat(nar.length)), 100);
  });
  const servers = [{ url: origin.url }, { url: mirror.url, mirrorOf: origin.url }];
  await using gateway = await openGateway(servers);
  await gateway.ask(`/${hash}.narinfo`);
  expect((await gateway.ask('/nar/x')).body === nar).toBe(true);
});

test.for([
  'http://127.0.0.1:1/secret',
  '//127.0.0.1:1/secret',
  String.raw`\\127.0.0.1:1\secret`,
  '../secret',
  'nar/../../secret',
])('a nar elsewhere is not fetched: %s', async (url) => {
  const asked: (string | undefined)[] = [];
  await using server = await serve((request, response) => {
    asked.push(request.url);
    response.end(isNarinfo(request.url) ? narinfo(url, 6) : 'secret');
  });
  await using gateway = await openGateway([{ url: `${server.url}/cache` }]);
  await gateway.ask(`/${hash}.narinfo`);
  const { head } = await gateway.ask(`/${url}`);
  expect(head).toMatch(/^HTTP\/1\.1 40/);
  expect(asked).toEqual([`/cache/${hash}.narinfo`]);
});

test('a signature of lists in lists, a thousandfold, is no signature', async () => {
  const deep = Buffer.from(`${'('.repeat(5000)}a${')'.repeat(5000)}`).toString('base64');
  await using server = await serve((_, response) =>
    response.end(narinfo('nar/x', 1).replace(/(?<=1;vm;).*/, deep)),
  );
  await using gateway = await openGateway([server]);
  expect((await gateway.ask(`/${hash}.narinfo`)).head).toMatch(/^HTTP\/1\.1 504 /);
  expect(gateway.use().failed).toEqual([
    { url: server.url, reason: 'a narinfo of it is unsigned' },
  ]);
});

test('the only server restarts: it is asked again, and the nar goes on', async () => {
  let answers = 0;
  await using server = await serve(({ url, headers }, response) => {
    answers++;
    if (answers <= 3) return response.writeHead(502).end();
    if (isNarinfo(url)) return response.end(narinfo('nar/x', nar.length));
    const start = Number(/\d+/.exec(headers.range ?? '')?.[0] ?? 0);
    response.writeHead(200, { 'content-length': nar.length });
    // It knows no ranges.
    if (answers > 5) return response.end(nar);
    return response.write(nar.slice(0, 5000 + start), () => response.destroy());
  });
  await using gateway = await openGateway([server]);
  for (let question = 0; question < 3; question++) {
    expect((await gateway.ask(`/${hash}.narinfo`)).head).toMatch(/ 504 /);
  }
  expect((await gateway.ask(`/${hash}.narinfo`)).head).toMatch(/ 200 /);
  expect((await gateway.ask('/nar/x')).body === nar).toBe(true);
});

test('what a proxy breaks off is broken off', async () => {
  await using proxy = await serve((_, response) => {
    response.writeHead(200, { 'content-length': 1000 });
    response.write('begun', () => response.destroy());
  });
  await using gateway = await openGateway([], proxy.url);
  expect((await gateway.ask('http://files.example/x')).body).toBe('begun');
});
