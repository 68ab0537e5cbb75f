// The word `substitutes`: real `guix publish` servers are measured.
import { mkdirSync, writeFileSync } from 'node:fs';
import { entryPoint, run, runIn } from '../support/real.ts';
import { expect, measure, number, readKey, shell, test } from '../support/substitutes-word.ts';
import { openTerminal } from '../support/terminal.ts';

test('good servers: how fast they are, and what their keys are worth', async ({ kept }) => {
  const urls = [kept.real, kept.stranger, kept.faulty('slow-300'), kept.faulty('rate-2')];
  const { status, rows } = await measure(kept, ...urls);
  expect(status).toBe(0);
  const publicKey = readKey(kept, '/etc/guix/signing-key.pub');
  const good = { answers: true, latency: number, key: null, problem: null };
  expect(rows).toEqual([
    { url: urls[0], ...good, throughput: number, authorized: true, publicKey },
    {
      url: urls[1],
      ...good,
      throughput: number,
      authorized: false,
      publicKey: readKey(kept, '/srv/stranger/signing-key.pub'),
    },
    // Whether the slow one comes to that in time is for the machine to say.
    expect.objectContaining({ url: urls[2], ...good, authorized: true, publicKey }),
    { url: urls[3], ...good, throughput: number, authorized: true, publicKey },
  ]);
  expect(rows[2]?.['latency']).toBeGreaterThanOrEqual(295);
  expect(rows[3]?.['throughput']).toBeGreaterThan(0);
  expect(rows[3]?.['throughput']).toBeLessThan(2_500_000);
});

test('as a table; whose key is not trusted is told with what to type', async ({ kept }) => {
  const { world, real, stranger } = kept;
  const key = readKey(kept, '/srv/stranger/signing-key.pub');
  const { status, stdout, stderr } = await run(world, [
    ...['substitutes', `--substitute-urls=${real} http://127.0.0.1:1`],
    `--add-substitute-url=${stranger}`,
  ]);
  expect(status).toBe(0);
  const begin = /#(.{8})/.exec(key)?.[1];
  const fast = String.raw`yes +[\d.]+ms +[\d.]+[KMG]iB\/s`;
  expect(stdout).toMatch(
    new RegExp(
      `^${stranger}  ${fast} +no +${begin}…\n${real}  +${fast} +yes +.{8}…\nhttp://127.0.0.1:1 +no +- +- +- +- +connection refused\n$`,
    ),
  );
  expect(stderr).toBe(
    `+ Substitutes of ${stranger} are not used: this machine does not trust their key. If you do: write '${key}' to a file, and give it to 'guix archive --authorize <FILE'\n`,
  );
});

test('a mounted list and its keys; one that is broken', async ({ kept }) => {
  const { world, stranger } = kept;
  mkdirSync(world.at('/etc/guix-entry-point/keys'), { recursive: true });
  await shell(world, 'cp /srv/stranger/signing-key.pub /etc/guix-entry-point/keys/stranger.pub');
  const list = world.at('/etc/guix-entry-point/servers.json');
  writeFileSync(list, JSON.stringify([{ url: `${stranger}/` }, { url: 'http://127.0.0.1:1/x' }]));
  const { status, stdout, stderr } = await run(world, ['substitutes']);
  expect(status).toBe(0);
  expect(stdout).toMatch(/ no +stranger\.pub\nhttp:\/\/127\.0\.0\.1:1\/x +no /);
  expect(stderr).toContain("If you do: 'guix-entry-point substitutes authorize stranger.pub'\n");
  writeFileSync(list, '{}');
  const broken = await run(world, ['substitutes']);
  expect(broken).toMatchObject({ status: 78, stdout: '' });
  expect(broken.stderr).toContain('Cannot use the list of substitute servers in ');
  await shell(world, 'rm -r /etc/guix-entry-point');
});

test('at a terminal: a heading, and a bar that is gone in the end', async ({ kept }) => {
  const { world, real } = kept;
  const line = `stty cols 100; ${entryPoint} substitutes --substitute-urls='${real} http://127.0.0.1:1'`;
  const words = ['script', '--quiet', '--return', '--command', line, '/dev/null'];
  const { status, stdout } = await runIn(world, words, { env: { TERM: 'xterm' } });
  expect(status).toBe(0);
  const [bar = '', table = ''] = stdout.split('\r\u001b[K');
  expect(bar).toMatch(/\r\+ Measuring 2 servers \[ {40}\]\r.*\r\+ Measuring 2 servers \[={40}\]$/s);
  expect(bar).not.toContain('\n');
  expect(table).toMatch(/^SERVER +ANSWERS +LATENCY +THROUGHPUT +AUTHORIZED +KEY +NOTE\r\nhttp/);
  const dumb = openTerminal(world, line, { TERM: 'dumb' });
  expect(await dumb.ended).toBe(0);
  expect(dumb.screen()).toMatch(/^SERVER /);
});

test('no server at all; whoever reads may have seen enough', async ({ kept }) => {
  const { world } = kept;
  const none = await run(world, ['substitutes', '--substitute-urls=']);
  expect(none).toMatchObject({ status: 1, stdout: '' });
  expect(none.stderr).toContain('There is no substitute server: the list is empty.');
  const script = `set -o pipefail; ${entryPoint} substitutes --add-substitute-url=${kept.real} 2>/dev/null | head -n 1`;
  expect(await runIn(world, ['bash', '-c', script])).toMatchObject({ status: 0, stderr: '' });
});

test('-- substitutes is a command, substitutes --help is ours', async ({ kept }) => {
  const { world } = kept;
  expect((await run(world, ['--', 'substitutes', 'list'])).status).toBe(127);
  const help = await run(world, ['substitutes', '--help']);
  expect(help).toMatchObject({ status: 0, stderr: '' });
  expect(help.stdout).toMatch(
    /^Usage: guix-entry-point \[OPTION…\] substitutes \[list\|authorize\]/,
  );
});
