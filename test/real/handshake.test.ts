import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { openConnection, Refusal } from '../../src/daemon/worker-protocol.ts';
import {
  daemon,
  expect,
  expectNothingSurvives,
  list,
  run,
  runIn,
  startDaemon,
  test,
} from '../support/real.ts';

// Our own questions to a real daemon, and what it says where it can't open its store.

test('a handshake, and the items of the store that are complete', async ({ world }) => {
  const { stdout } = await run(world, daemon.build('hello'));
  const built = stdout.trim();
  await startDaemon(world);
  using connection = await openConnection({ path: world.at(daemon.socket) });
  const missing = `${daemon.kind.store}/${'0'.repeat(32)}-missing`;
  expect(await connection.findValid([built, missing])).toEqual([built]);
  // What isn't in the store at all is refused with a reason, and not by hanging up.
  await expect(connection.findValid(['/tmp'])).rejects.toThrow(Refusal);
});

const schema = `${daemon.stateDirectory}/db/schema`;

test('a daemon that knows an older store says so', async ({ world }) => {
  await run(world, daemon.build('hello'));
  writeFileSync(world.at(schema), '1000');
  const outcome = await run(world, ['touch', '/job/ran']);
  expect(outcome).toMatchObject({ status: 69, stdout: '' });
  expect(outcome.stderr).toMatch(
    /^\+ guix-entry-point: \/usr\/bin\/(guix|nix)-daemon started, and refuses to work: .*schema.* 1000\b.*\.$/m,
  );
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});

test('a daemon that may not write its database says so', async ({ world }) => {
  const directory = dirname(schema);
  mkdirSync(world.at(directory), { recursive: true });
  await runIn(world, ['mount', '--bind', '-o', 'ro', directory, directory]);
  const outcome = await run(world, ['touch', '/job/ran']);
  expect(outcome).toMatchObject({ status: 69, stdout: '' });
  expect(outcome.stderr).toMatch(/ started, and refuses to work: .*: Read-only file system\.\n/);
  expect(outcome.stderr).toContain(`mount --options remount,bind,rw ${directory}\n`);
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});
