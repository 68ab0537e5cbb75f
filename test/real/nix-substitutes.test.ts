// Binary caches on loopback, as real Nix makes them, taken by real nix-daemons through the gateway.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { run, runIn, start } from '../support/real.ts';
import { expect, expectNothingLeft, fetchItem, test } from '../support/nix-substitutes.ts';
import { get, readUse } from '../support/substitutes.ts';

const users = ['root', 'friend', 'guest'] as const;

/** How many questions the servers with faults were asked so far. */
async function countRequests(world: World): Promise<number> {
  return Number(await get(world, 'http://127.0.0.1:9000/requests'));
}

/** What a file holds while something is done. */
async function withFile<Result>(
  file: string,
  change: (text: string) => string,
  action: () => Promise<Result>,
): Promise<Result> {
  const before = readFileSync(file, 'utf8');
  writeFileSync(file, change(before));
  try {
    return await action();
  } finally {
    writeFileSync(file, before);
  }
}

test.for(users)('the gateway, for %s', async (user, { caches }) => {
  const words = [`--substitute-urls=${caches.real}`];
  const outcome = await fetchItem(caches, words, { user });
  expect(outcome).toMatchObject({
    came: 'substituted',
    status: 0,
    stdout: `${caches.item.path}\n`,
  });
  expect(readUse(outcome)).toBe(`1 item, 41 KiB from ${caches.real}`);
  expect(outcome.stderr).toMatch(/copying path '.*' from 'http:\/\/127\.0\.0\.1:\d+'/);
  expect(outcome.stderr).not.toContain('warning');
});

test.for(users)('--substitutes=direct, for %s', async (user, { caches }) => {
  const words = ['--substitutes=direct', `--substitute-urls=${caches.real}`];
  const outcome = await fetchItem(caches, words, { user });
  expect(outcome.came, outcome.stderr).toBe('substituted');
  expect(outcome.stderr).toContain(`from '${caches.real}'`);
  expect(outcome.stderr).not.toContain('warning');
  expect(readUse(outcome)).toBeUndefined();
});

test.for(users)('--substitutes=off asks nobody, for %s', async (user, { caches }) => {
  const { world, faulty } = caches;
  // Whatever the user has set.
  const home = user === 'root' ? '/root' : `/home/${user}`;
  mkdirSync(world.at(`${home}/.config/nix`), { recursive: true });
  const settings = world.at(`${home}/.config/nix/nix.conf`);
  writeFileSync(settings, '');
  const before = await countRequests(world);
  const outcome = await withFile(
    settings,
    () => `substituters = ${faulty('none')}\n`,
    () => fetchItem(caches, ['--substitutes=off'], { user }),
  );
  expect(outcome.came, outcome.stderr).toBe('built');
  expect(outcome.stderr).not.toContain('warning');
  expect(await countRequests(world)).toBe(before);
});

test('without options: what Nix has been told, and what is not HTTP beside it', async ({
  caches,
}) => {
  const { world, faulty } = caches;
  const ask = (line: string) =>
    withFile(
      world.at('/etc/nix/nix.conf'),
      (text) => `${text}${line}\n`,
      () => fetchItem(caches, []),
    );
  const good = await ask(`substituters = ${faulty('none')}/`);
  expect(good.came, good.stderr).toBe('substituted');
  expect(readUse(good)).toContain(`1 item, 41 KiB from ${faulty('none')}`);
  const others = await ask(`substituters = ${faulty('missing')} file:///srv/real`);
  expect(others.came, others.stderr).toBe('substituted');
  expect(others.stderr).toMatch(/from 'file:\/\/\/srv\/real'/);
  const known = await ask(`substituters = ${faulty('none')}?priority=10`);
  expect(known.stderr).toContain(`from '${faulty('none')}`);
  const careless = await ask(`substituters = ${faulty('unsigned')}\nrequire-sigs = false`);
  expect(careless.came, careless.stderr).toBe('substituted');
  expect(careless.stderr).toContain(`from '${faulty('unsigned')}`);
});

test('a server that wants a password is asked by Nix', async ({ caches }) => {
  const { world, faulty } = caches;
  writeFileSync(world.at('/etc/nix/netrc'), 'machine 127.0.0.1\n  login me password secret\n');
  const outcome = await fetchItem(caches, [`--substitute-urls=${faulty('none')}`]);
  expect(outcome.stderr).toContain(`from '${faulty('none')}'`);
  writeFileSync(world.at('/etc/nix/netrc'), '');
});

test.for(['friend', 'guest'])(
  'a server that %s names on the command line is asked by Nix',
  async (user, { caches }) => {
    const { real, faulty } = caches;
    const more = ['--option', 'substituters', real];
    const words = [`--substitute-urls=${faulty('missing')} ${real}`];
    const outcome = await fetchItem(caches, words, { user, more });
    expect(outcome.came, outcome.stderr).toBe('substituted');
    expect(outcome.stderr).toContain(`from '${real}'`);
    expect(outcome.stderr).not.toContain('warning');
  },
);

test('a key that is not trusted is told, with what to type', async ({ caches }) => {
  const { world, stranger } = caches;
  const outcome = await fetchItem(caches, [`--substitute-urls=${stranger}`]);
  expect(outcome.came).toBe('built');
  expect(outcome.stderr).toContain(
    `+ Substitutes of ${stranger} are not used: this machine does not trust their key. If you do: add it to /etc/nix/nix.conf, 'extra-trusted-public-keys = stranger.test-1:…'\n`,
  );
  const key = readFileSync(world.at('/srv/strange-key.pub'), 'utf8');
  for (const line of [
    `extra-trusted-public-keys = ${key}`,
    'secret-key-files = /srv/strange-key',
  ]) {
    const trusting = await withFile(
      world.at('/etc/nix/nix.conf'),
      (text) => `${text}${line}\n`,
      () => fetchItem(caches, [`--substitute-urls=${stranger}`]),
    );
    expect(trusting.came, trusting.stderr).toBe('substituted');
  }
});

test('http_proxy is not asked for the gateway', async ({ caches }) => {
  const { world, item, real } = caches;
  const env = { http_proxy: 'http://127.0.0.1:1', no_proxy: '127.0.0.1' };
  const script = 'tr "\\0" "\\n" </proc/$(pidof nix-daemon | tr " " "\\n" | tail -n 1)/environ';
  const words = [`--substitute-urls=${real}`, 'sh', '-c', `${script}; nix-store -r ${item.path}`];
  const { status, stdout } = await run(world, words, { env });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^no_proxy=127\.0\.0\.1,127\.0\.0\.1$/m);
  expect(stdout).toContain(`${item.path}\n`);
  await runIn(world, ['nix-store', '--delete', item.path]);
});

test('what Nix remembers of the gateway is gone with it', async ({ caches }) => {
  const { world, item, real } = caches;
  const remembered = 'find /nix/var/nix/gateway-*';
  const script = `nix-store -r ${item.path} && ${remembered}`;
  const during = await run(world, [`--substitute-urls=${real}`, 'sh', '-c', script]);
  expect(during.stdout).toMatch(/binary-cache-v\d+\.sqlite/);
  expectNothingLeft(world);
  expect(readdirSync(world.at('/root'))).not.toContain('.cache');
  await runIn(world, ['nix-store', '--delete', item.path]);
});

test('nix log: the log of an item, from whoever has it', async ({ caches }) => {
  const { world, item, real, faulty } = caches;
  const nix = ['nix', '--extra-experimental-features', 'nix-command'];
  const derivation = readdirSync(world.at('/nix/store')).find((name) =>
    name.endsWith(`-substitutable-${item.kilobytes}.drv`),
  );
  mkdirSync(world.at('/srv/real/log'), { recursive: true });
  writeFileSync(world.at(`/srv/real/log/${derivation}`), 'the log of the cache\n');
  await runIn(world, ['rm', '-r', '/nix/var/log/nix/drvs']);
  const words = [`--substitute-urls=${faulty('missing')} ${faulty('stall')} ${real}`];
  const log = [...nix, 'log', `/nix/store/${derivation}`];
  const outcome = await run(world, [...words, ...log]);
  expect(outcome.stdout, outcome.stderr).toBe('the log of the cache\n');
  const none = await run(world, [`--substitute-urls=${faulty('missing')}`, ...log]);
  expect(none).toMatchObject({ status: 1, stdout: '' });
  expect(none.stderr).not.toContain('retrying');
});

test('what Nix asks gets an answer that it need not ask for again', async ({ caches }) => {
  const { world, item, faulty } = caches;
  const hash = item.path.slice('/nix/store/'.length, '/nix/store/'.length + 32);
  const words = [
    'sh',
    '-c',
    'sed -n "s/^substituters = //p" >&2 <<E\n$NIX_CONFIG\nE\nread -r line',
  ];
  const running = start(world, [
    `--trace=off`,
    `--substitute-urls=${faulty('none')} http://127.0.0.1:1`,
    ...words,
  ]);
  await running.says('\n');
  const gateway = running.stderr().trim();
  const script = `
      const ask = async (path, method = 'GET') => {
        const answer = await fetch(process.argv[1] + path, { method });
        return [answer.status, (await answer.text()).length];
      };
      const asked = [['/nix-cache-info', 'HEAD'], ['/${hash}.narinfo', 'HEAD'], ['/${hash}.narinfo'], ['/${'0'.repeat(32)}.narinfo'], ['/log/x.drv'], ['/realisations/x.doi'], ['/nar/x'], ['/nar/x', 'HEAD'], ['/nix-cache-info', 'PUT']];
      const answers = [];
      for (const one of asked) answers.push(await ask(...one));
      console.log(JSON.stringify(answers));
      console.log(await (await fetch(process.argv[1] + '/nix-cache-info')).text());`;
  const { stdout, stderr } = await runIn(world, ['node', '-e', script, gateway]);
  expect(stderr).toBe('');
  const [answers = '', ...info] = stdout.split('\n');
  const narinfo = readFileSync(world.at(`/srv/real/${hash}.narinfo`)).length;
  expect(JSON.parse(answers)).toEqual([
    [200, 0],
    [200, 0],
    [200, narinfo],
    [404, 0],
    [404, 0],
    [404, 0],
    [404, 0],
    [404, 0],
    [405, 0],
  ]);
  expect(info.slice(0, 3)).toEqual(['StoreDir: /nix/store', 'WantMassQuery: 1', 'Priority: 40']);
  running.child.stdin?.end('\n');
  await running.ended;
});
