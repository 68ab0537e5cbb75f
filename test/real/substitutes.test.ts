// Substitutes of real `guix publish` servers, taken by a real daemon through the gateway.
import type { World } from '../../scripts/world.ts';
import { listDaemons, run, runIn, type Running, start } from '../support/real.ts';
import {
  build,
  expect,
  expectNothingLeft,
  fetchItem,
  forget,
  readUse,
  test,
} from '../support/substitutes.ts';

test('an item comes through the gateway, and what came is told', async ({ publisher, item }) => {
  const { real } = publisher;
  const outcome = await fetchItem(publisher, item, [`--substitute-urls=${real}`]);
  expect(outcome).toMatchObject({ came: 'substituted', status: 0, stdout: `${item.path}\n` });
  expect(readUse(outcome)).toMatch(new RegExp(`^1 item, \\d+ KiB from ${real}$`));
});

test.for([
  ['onlygzip', 'gzip'],
  ['onlylzip', 'lzip'],
  ['onlyzstd', 'zstd'],
  ['onlynone', 'none'],
  ['unmeasured', 'zstd'],
] as const)('a server of the kind %s', async ([kind, compression], { publisher, item }) => {
  const urls = `--substitute-urls=${publisher.faulty(kind)}`;
  const outcome = await fetchItem(publisher, item, [urls]);
  expect(outcome.came, outcome.stderr).toBe('substituted');
  expect(outcome.stderr).toContain(`/nar/${compression}/`);
});

test('--substitutes=direct: the daemon asks by itself', async ({ publisher, item }) => {
  const words = ['--substitutes=direct', `--substitute-urls=${publisher.real}`];
  const outcome = await fetchItem(publisher, item, words);
  expect(outcome.came).toBe('substituted');
  expect(outcome.stderr).toContain(`downloading from ${publisher.real}/nar/`);
  expect(readUse(outcome)).toBeUndefined();
});

test('--substitutes=off: it is built', async ({ publisher, item }) => {
  const words = ['--substitutes=off', `--substitute-urls=${publisher.real}`];
  expect((await fetchItem(publisher, item, words)).came).toBe('built');
});

test('a gateway that cannot be opened: the daemon asks by itself', async ({ publisher }) => {
  // In a machine of which both ports are taken.
  const script = `busybox ifconfig lo up
    echo 40000 40001 >/proc/sys/net/ipv4/ip_local_port_range
    /fixtures/programs/substitute-server 40000 1 >/tmp/ports &
    until grep -q ready /tmp/ports; do sleep 0.05; done
    /entry-point.sh -v --substitute-urls=http://a.example true
    kill %1`;
  const words = ['unshare', '--net', 'bash', '-ec', script];
  const { status, stderr } = await runIn(publisher.world, words);
  expect(status).toBe(0);
  expect(stderr).toMatch(
    /^\+ Cannot open the gateway to the substitute servers: .* The daemon asks them itself$/m,
  );
  expect(stderr).toMatch(/ --substitute-urls=http:\/\/a\.example\n/);
});

test('a key that is not authorized is told, with what to type', async ({ publisher, item }) => {
  const { stranger } = publisher;
  const outcome = await fetchItem(publisher, item, [`--substitute-urls=${stranger}`]);
  expect(outcome.came).toBe('built');
  expect(outcome.stderr).toMatch(
    new RegExp(
      `^\\+ Substitutes of ${stranger} are not used: this machine does not trust their key\\. If you do: write '\\(public-key \\(ecc \\(curve Ed25519\\) \\(q #[0-9A-F]{64}#\\)\\)\\)' to a file`,
      'm',
    ),
  );
});

test('a key that is authorized in the middle of a run counts from then on', async ({
  publisher,
  item,
}) => {
  const { world, stranger } = publisher;
  const script = `guix archive --authorize </srv/stranger/signing-key.pub; exec ${build.join(' ')}`;
  const before = await runIn(world, ['cat', '/etc/guix/acl']);
  const words = [`--substitute-urls=${stranger}`, 'sh', '-c', script];
  const outcome = await run(world, words, { env: item.env });
  await runIn(world, ['tee', '/etc/guix/acl'], { input: before.stdout });
  expect(readUse(outcome), outcome.stderr).toContain('1 item, ');
  await forget(publisher, item);
});

/** Starts a run that waits for a line, and finds where its gateway is. */
async function openGateway(
  world: World,
  urls: string,
): Promise<Running & { readonly url: string }> {
  const words = [`--substitute-urls=${urls}`, 'sh', '-c', 'echo ready >&2; read -r line'];
  const running = start(world, words);
  await running.says('ready\n');
  const daemons = listDaemons(world).map(({ command }) => command);
  const url = /--substitute-urls=(\S+)/.exec(daemons.join('\n'))?.[1] ?? '';
  return { ...running, url };
}

test.for([
  ['a good server', 'none'],
  ['one that hangs up now and then', 'abrupt'],
] as const)(
  '1,000 narinfos at once, on one connection, of %s',
  async ([, kind], { publisher, item }) => {
    const { world } = publisher;
    const running = await openGateway(world, `${publisher.faulty(kind)} ${publisher.blackHole}`);
    const { port } = new URL(running.url);
    const asked = await runIn(world, ['/fixtures/programs/pipeline', port, '1000', item.hash]);
    expect(asked).toMatchObject({ stdout: '1000 answers, 1000 right\n', stderr: '' });
    running.child.stdin?.end('\n');
    expect((await running.ended).status).toBe(0);
    expectNothingLeft(world);
  },
);

test('the gateway answers nothing but what Guix asks', async ({ publisher, item }) => {
  const { world } = publisher;
  const script = `
    const url = process.argv[1];
    const ask = async (path, method = 'GET') => (await fetch(url + path, { method })).status;
    const paths = ['/nix-cache-info', '/', '/../none/x', '/${item.hash}.narinfo.txt', '/nar/gzip/x', '/%00', '/requests'];
    const statuses = [];
    for (const path of paths) statuses.push(await ask(path));
    statuses.push(await ask('/nix-cache-info', 'POST'));
    console.log(statuses.join(' '));`;
  const running = await openGateway(world, publisher.faulty('none'));
  const { stdout } = await runIn(world, ['node', '-e', script, running.url]);
  expect(stdout).toBe('200 404 404 404 404 404 404 405\n');
  running.child.stdin?.end('\n');
  await running.ended;
});
