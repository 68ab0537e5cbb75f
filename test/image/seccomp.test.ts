// image/seccomp.json: that it is what its script makes, that each addition is needed, and that it lets
// through no more than that.
import { readFileSync } from 'node:fs';
import { path } from 'zx';
import type { Engine } from '../../scripts/engine.ts';
import { additions, makeProfile, type Profile } from '../../scripts/seccomp-profile.ts';
import { expect, guixBuild, judgeBuild, runLine, test } from '../support/containers.ts';

const file = path.join(import.meta.dirname, '../../image/seccomp.json');
const profile: Profile = JSON.parse(readFileSync(file, 'utf8'));

test("it is the default of the engine's package, and the additions", async () => {
  expect(profile).toEqual(await makeProfile());
});

test('the program has it with it', async ({ engine }) => {
  const { stdout } = await runLine(engine, 'docker run --rm guix-entry-point seccomp-profile');
  expect(stdout).toBe(readFileSync(file, 'utf8'));
});

test('each addition has its reason', () => {
  const own = profile.syscalls.slice(-additions.length);
  expect(own.filter(({ comment = '' }) => comment === '')).toEqual([]);
});

const root = '--cap-add=SYS_ADMIN --cap-add=NET_ADMIN guix-entry-point';
const user =
  '--cap-drop=ALL --security-opt=no-new-privileges --security-opt=systempaths=unconfined guix-entry-point:rootless';

/** What becomes of a build without one of them, by root's daemon and by an ordinary user's. */
const losses = {
  personality: ['no builds', 'no builds'],
  pivot_root: ['not isolated', 'no builds'],
  // Root's daemon has them by CAP_SYS_ADMIN and CAP_SYS_CHROOT.
  clone: ['isolated', 'not isolated'],
  unshare: ['isolated', 'not isolated'],
  mount: ['isolated', 'not isolated'],
  umount2: ['isolated', 'not isolated'],
  chroot: ['isolated', 'not isolated'],
  sethostname: ['isolated', 'no builds'],
  setdomainname: ['isolated', 'no builds'],
};

test('all additions are tried', () => {
  expect(additions.flatMap(({ names }) => names)).toEqual(Object.keys(losses));
});

test.for(Object.entries(losses))('without %s: %j', async ([call, expected], { engine }) => {
  const rules = profile.syscalls.filter(
    (rule) => !profile.syscalls.slice(-additions.length).includes(rule) || rule.names[0] !== call,
  );
  const less = JSON.stringify({ ...profile, syscalls: rules });
  await runLine(engine, `cat >without-${call}.json`, less);
  const filter = `without-${call}.json`;
  expect([await build(engine, filter, root), await build(engine, filter, user)]).toEqual(expected);
});

async function build(engine: Engine, filter: string, container: string): Promise<string> {
  const line = `docker run --rm --security-opt=seccomp=${filter} ${container} ${guixBuild('where.scm')}`;
  return judgeBuild(await runLine(engine, line));
}

/** What no build needs, and an ordinary user could do if there were no filter. */
const others = [
  ['a name space for cgroups', 'unshare --user --map-root-user --cgroup true'],
  ['a name space for times', 'unshare --user --map-root-user --time true'],
  ['memory that is executed because it can be read', 'setarch --read-implies-exec true'],
  ['address 0', 'setarch --mmap-page-zero true'],
];

test.for(others)('it goes on forbidding %s', async ([, command], { engine }) => {
  const run = (filter: string): Promise<{ status: number | null }> =>
    runLine(engine, `docker run --rm --security-opt=seccomp=${filter} ${user} -- ${command}`);
  expect(await run('unconfined')).toMatchObject({ status: 0 });
  expect(await run('image/seccomp.json')).toMatchObject({ status: 1 });
});
