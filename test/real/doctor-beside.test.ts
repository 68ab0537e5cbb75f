// The doctor beside a daemon that runs, and in a store that root has given away.
import { once } from 'node:events';
import { createServer } from 'node:net';
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { World } from '../../scripts/world.ts';
import { asUser, examine, examineAlone, fine, prepare } from '../support/doctor.ts';
import { daemon, expect, list, type Running, runIn, startIn, test } from '../support/real.ts';

const { socket, stateDirectory, logDirectory } = daemon;
const { store } = daemon.kind;
const wal = `${stateDirectory}/db/db.sqlite-wal`;

/** A daemon of an ordinary user's refuses root's clients, for whom it can't make profiles. */
const isForUsersOnly = daemon.installed === 'nix-bookworm';

/** Root's daemon, as on a machine of its own. */
async function startDaemon(world: World): Promise<AsyncDisposable & Running> {
  const running = startIn(world, [daemon.program, ...daemon.arguments]);
  await expect.poll(() => list(world, dirname(socket))).toEqual(['socket']);
  // Debian's Nix is for the members of a group.
  await prepare(world, `chmod 755 ${dirname(socket)}`);
  return {
    ...running,
    async [Symbol.asyncDispose]() {
      process.kill(running.pid, 'SIGKILL');
      await running.ended;
    },
  };
}

test('an ordinary user has all that a run needs', async ({ world }) => {
  await using _daemon = await startDaemon(world);
  const words = ['sandbox', 'store', 'build-users', 'self-test'];
  const { status, findings } = await examine(world, words, { by: asUser, leavesLogs: true });
  expect(findings.map(({ state }) => state)).toEqual(findings.map(() => 'fine'));
  expect(status).toBe(0);
});

test('root without privileges has builds, too', async ({ world }) => {
  const by = ['setpriv', '--bounding-set=-chown'];
  const words = ['sandbox', 'capabilities', 'self-test'];
  const alone = await examineAlone(world, words, { by });
  expect(alone.status).toBe(1);
  await using _daemon = await startDaemon(world);
  const { status, findings } = await examine(world, words, { by });
  expect(status).toBe(0);
  expect(findings.at(-1)).toMatchObject({
    state: 'fine',
    text: expect.stringContaining('a build in the daemon that runs works'),
  });
});

test('a journal is nobody’s fault while a daemon answers', async ({ world }) => {
  await using _daemon = await startDaemon(world);
  await prepare(world, `mkdir --parents ${dirname(wal)}; touch ${wal}`);
  const { findings } = await examine(world, ['journal']);
  expect(findings).toEqual([fine('journal', `${wal} is in use by a daemon that runs`)]);
});

test('a daemon that does not answer is asked once', async ({ world }) => {
  mkdirSync(world.at(dirname(socket)), { recursive: true });
  let asked = 0;
  const silent = createServer(() => asked++).listen(world.at(socket));
  await once(silent, 'listening');
  await prepare(world, `chmod 755 ${dirname(socket)}; chmod 666 ${socket}`);
  const words = ['--daemon-timeout=0.5', 'sandbox', 'store', 'socket', 'self-test'];
  await examine(world, words, { by: asUser });
  expect(asked).toBe(1);
  silent.close();
});

test.skipIf(isForUsersOnly)('a store that was given away is not taken back', async ({ world }) => {
  await prepare(world, 'useradd --system --user-group --create-home guix');
  await prepare(
    world,
    `/entry-point.sh true; mkdir --parents ${logDirectory}; chown --recursive guix ${store} ${stateDirectory} ${logDirectory}`,
  );
  const { uid } = statSync(world.at(store));
  expect(uid).not.toBe(0);
  const { status, findings } = await examineAlone(world, ['--fix', 'store', 'self-test']);
  expect(status).toBe(0);
  expect(findings).toMatchObject([
    { text: "the store is guix's", command: 'guix-entry-point --daemon-user=guix …', fixed: null },
    { command: 'guix-entry-point doctor self-test --daemon-user=guix' },
  ]);
  expect(statSync(world.at(store)).uid).toBe(uid);
  // What is to be typed says that all is well.
  const command = `${findings[1]?.command} store`;
  expect(await runIn(world, ['sh', '-c', command])).toMatchObject({ status: 0 });
  expect(statSync(world.at(store)).uid).toBe(uid);
});

test('what can’t be mended is told in words', async ({ world }) => {
  await prepare(world, `mkdir --parents ${dirname(wal)} ${dirname(socket)}; touch ${wal}`);
  const line = [...asUser, '/entry-point.sh', 'doctor', '--fix', 'journal'];
  const { status, stdout, stderr } = await runIn(world, line);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  expect(stdout).toMatch(/Cannot be done: .+\.\n/);
});
