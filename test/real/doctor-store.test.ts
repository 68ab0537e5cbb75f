// What the doctor finds of the store, of those who own it, and of what a crash leaves there.
import { dirname } from 'node:path';
import { asUser, examine, examineAlone, fine, prepare } from '../support/doctor.ts';
import { daemon, expect, list, listProcesses, run, start, test } from '../support/real.ts';

const { buildGroup, stateDirectory, logDirectory, program } = daemon;
const { store } = daemon.kind;
const above = dirname(store);
const isFine = [
  fine('store', `${store} is writable: root:${buildGroup} 1775`),
  fine('store', `${stateDirectory} is writable: root:root 755`),
];

// The first session of all makes what isn't there yet.
test.beforeEach(({ world }) =>
  prepare(world, `/entry-point.sh true; mkdir --parents ${logDirectory}`),
);

const withoutMounting = ['setpriv', '--bounding-set=-sys_admin'];

test('a store as it should be', async ({ world }) => {
  expect(await examine(world, ['store', 'logs'])).toEqual({
    status: 0,
    findings: [...isFine, fine('logs', `${logDirectory} is writable`)],
  });
});

test('no store, and a daemon that isn’t in it makes one', async ({ world }) => {
  await prepare(world, `mv ${store} ${above}/elsewhere`);
  const text = `${store} is not there yet; the daemon makes it`;
  const { findings } = await examine(world, ['store']);
  expect(findings[0]).toEqual(fine('store', text));
  expect(await run(world, ['true'])).toMatchObject({ status: 0 });
  expect(await examine(world, ['store'])).toEqual({ status: 0, findings: isFine });
});

test('no store, and no daemon', async ({ world }) => {
  await prepare(world, `mv ${store} ${above}/elsewhere; rm ${program}`);
  const words = ['store', `--daemon=${daemon.kind.name}`];
  const { status, findings } = await examine(world, words);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: `${store}: no such file or directory`, command: expect.any(String) },
  ]);
});

test('a store on a read-only mount: root’s daemon helps itself', async ({ world }) => {
  await prepare(world, `mount --bind ${store} ${store}; mount -o remount,bind,ro ${store}`);
  const { status, findings } = await examine(world, ['store', 'self-test']);
  const text = `${store} is mounted read-only; the daemon mounts it writable for itself`;
  expect(findings[0]).toEqual(fine('store', text));
  expect(findings.map(({ state }) => state)).toEqual(['fine', 'fine', 'fine', 'fine']);
  expect(status).toBe(0);
});

test('the same without the capability: what is to be typed mends it', async ({ world }) => {
  await prepare(world, `mount --bind ${store} ${store}; mount -o remount,bind,ro ${store}`);
  const { status, findings } = await examine(world, ['store', 'self-test'], {
    by: withoutMounting,
  });
  const [ofStore, ofTest] = findings;
  expect(findings).toHaveLength(2);
  expect(ofStore).toMatchObject({ state: 'broken', text: `${store} is mounted read-only` });
  expect(ofTest).toMatchObject({ check: 'self-test', state: 'broken' });
  expect(status).toBe(1);
  await prepare(world, ofStore?.command ?? '');
  expect(await examine(world, ['store'], { by: withoutMounting })).toMatchObject({ status: 0 });
});

test('a read-only file system, and the daemon’s own words for it', async ({ world }) => {
  await prepare(world, `mount -t tmpfs -o ro store ${store}`);
  const { status, findings } = await examine(world, ['--fix', 'store', 'self-test']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: `${store} is mounted read-only`, fixed: null },
    { state: 'broken', text: expect.stringContaining('Read-only file system') },
  ]);
  await prepare(
    world,
    `${findings[0]?.command}; chgrp ${buildGroup} ${store}; chmod 1775 ${store}`,
  );
  expect(await examine(world, ['store', 'self-test'])).toMatchObject({ status: 0 });
});

test('a store under a mount of which all is read-only', async ({ world }) => {
  await prepare(world, `mount --bind ${above} ${above}; mount -o remount,bind,ro ${above}`);
  const { findings } = await examine(world, ['store']);
  expect(findings).toMatchObject([
    {
      text: `${store} is mounted read-only with ${above}`,
      command: `mount -o remount,bind,rw ${above}`,
    },
  ]);
});

test.for([
  ['chmod 755', `root:${buildGroup} 755`],
  ['chgrp root', 'root:root 1775'],
  ['chown nobody', `nobody:${buildGroup} 1775`],
])('a store after %s is odd, and is mended', async ([command, is], { world }) => {
  await prepare(world, `${command} ${store}`);
  const text = `${store} is ${is}, and a daemon with build users needs root:${buildGroup} 1775`;
  expect((await examine(world, ['store'])).findings[0]).toMatchObject({ state: 'odd', text });
  const { status, findings } = await examine(world, ['store', '--fix']);
  expect(findings).toEqual([
    { ...findings[0], check: 'store', state: 'odd', text, fixed: true },
    ...isFine,
  ]);
  expect(status).toBe(0);
});

test('an ordinary user has no store, until it is given away as told', async ({ world }) => {
  // Nix works for no user without a name.
  await prepare(world, 'useradd --uid=1000 --create-home somebody');
  const words = ['store', 'build-users', 'logs', 'self-test'];
  const { status, findings } = await examine(world, words, { by: asUser });
  expect(status).toBe(1);
  const [users, ofStore, ofLogs, ofTest] = findings;
  expect(users).toMatchObject({ check: 'build-users', state: 'fine' });
  expect(ofStore).toMatchObject({
    state: 'broken',
    text: `${store} is root:${buildGroup} 1775, and not somebody's`,
  });
  expect(ofLogs).toMatchObject({ state: 'fine' });
  expect(ofTest).toMatchObject({ state: 'broken', text: expect.stringContaining("isn't root") });
  await prepare(world, ofStore?.command ?? '');
  expect(await examine(world, words, { by: asUser })).toMatchObject({ status: 0 });
});

// A daemon of an ordinary user's refuses root's clients, for whom it can't make profiles.
test.skipIf(daemon.installed === 'nix-bookworm')(
  '--daemon-user: who it is, and who there is not',
  async ({ world }) => {
    const unknown = await examine(world, ['store', '--daemon-user=guix']);
    expect(unknown.findings).toMatchObject([
      { state: 'broken', text: "there is no user 'guix' to own the store" },
    ]);
    await prepare(world, unknown.findings[0]?.command ?? '');
    const foreign = await examine(world, ['store', '--daemon-user=guix']);
    expect(foreign.findings).toMatchObject([{ state: 'broken' }]);
    await prepare(world, foreign.findings[0]?.command ?? '');
    const words = ['store', 'build-users', 'self-test', '--daemon-user=guix'];
    const { status, findings } = await examine(world, words);
    expect(findings.map(({ state }) => state)).toEqual(['fine', 'fine', 'fine', 'fine', 'fine']);
    expect(status).toBe(0);
  },
);

test('logs that can’t be written', async ({ world }) => {
  await prepare(world, `mount -t tmpfs -o ro logs ${logDirectory}`);
  const { status, findings } = await examine(world, ['logs']);
  expect(status).toBe(1);
  expect(findings).toMatchObject([
    { state: 'broken', text: `${logDirectory} can't be written to: read-only file system` },
  ]);
  await prepare(world, findings[0]?.command ?? '');
  expect(await examine(world, ['logs'])).toMatchObject({ status: 0 });
});

const wal = `${stateDirectory}/db/db.sqlite-wal`;

test('a journal that was left by a kill of everything is taken in', async ({ world }) => {
  const running = start(world, daemon.build('endless'));
  await running.says('building for ever\n');
  const inUse = await examine(world, ['journal']);
  expect(inUse.findings).toEqual([fine('journal', `${wal} is in use by a daemon that runs`)]);
  // All at once: whoever survived the others would clean up.
  const processes = listProcesses(world);
  const daemons = processes.filter(({ command }) => command.includes(daemon.kind.program));
  const [all, stopped] = [processes, daemons].map((some) => some.map(({ pid }) => pid).join(' '));
  // The session that the doctor had may be over by now.
  await prepare(world, `kill -STOP ${stopped} || true; kill -KILL ${all} || true`);
  await running.ended;
  await expect.poll(() => listProcesses(world)).toEqual([]);
  await prepare(world, `rm -rf ${store}/*.lock ${store}/*.chroot ${logDirectory}/drvs/*`);

  const found = await examine(world, ['journal']);
  const text = `${wal} was left by a daemon that was killed`;
  expect(found).toMatchObject({ status: 0, findings: [{ state: 'odd', text }] });
  const { status, findings } = await examineAlone(world, ['journal', 'socket', '--fix']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { state: 'odd', text, fixed: true },
    fine('journal', 'no journal of the database is left'),
    { state: 'odd', fixed: true },
    { check: 'socket', state: 'fine' },
  ]);
});

test('there is no journal', async ({ world }) => {
  expect(await examine(world, ['journal'])).toEqual({
    status: 0,
    findings: [fine('journal', 'no journal of the database is left')],
  });
  expect(list(world, `${stateDirectory}/db`)).not.toContain('db.sqlite-wal');
});
