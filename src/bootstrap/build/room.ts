import {
  existsSync,
  lstatSync,
  mkdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { fullName } from '../definitions/package.ts';
import { shell } from '../builder/gnu.ts';
import type { PlannedBuild, PlannedSource } from '../plan.ts';
import { toPhysical } from '../stores.ts';
import { copyTree } from './copy.ts';
import { type HostTool, hostToolsAt, listSystemDirectories } from './host-tools.ts';
import type { Isolation, Mount } from './isolation.ts';
import { normalize, normalizeTop } from './normalize.ts';
import { findPlace, type View } from './paths.ts';

/** Where a build happens, and what is left of that from one of its steps to the next. */
export type Room = {
  readonly view: View;
  /** Apart from this machine, where that can be. */
  readonly isolation: Isolation | undefined;
  /** The build's directory of its own, as it knows it. */
  readonly top: string;
  directory: string;
  environment: Readonly<Record<string, string>>;
};

export type Furniture = {
  /** An empty directory. */
  readonly at: string;
  /** What the build needs, and what that needs. */
  readonly items: readonly (PlannedBuild | PlannedSource)[];
  readonly hostTools: readonly HostTool[];
  readonly isolation: Isolation | undefined;
  readonly signal: AbortSignal;
};

/** Makes the room for a build. */
export async function makeRoom(build: PlannedBuild, furniture: Furniture): Promise<Room> {
  const { isolation, hostTools } = furniture;
  const at = realpathSync(furniture.at);
  const toolsAt = join(isolation ? '/' : at, hostToolsAt);
  const top = join(isolation ? '/tmp' : at, `guix-build-${fullName(build.package)}.drv-0`);
  const view = isolation
    ? await furnish(at, build, { ...furniture, isolation })
    : { root: '/', mounts: [], own: [top, findOutput(build)] };
  for (const directory of [top, toolsAt])
    mkdirSync(join(view.root, directory), { recursive: true });
  for (const { name, file } of hostTools) symlinkSync(file, join(view.root, toolsAt, name));
  const path = [
    ...findDirectories(build, view, ['bin', 'sbin']),
    ...(hostTools.length > 0 ? [toolsAt] : []),
  ];
  if (isolation && hostTools.length === 0) linkShell(view, path);
  return {
    view,
    isolation,
    top,
    directory: top,
    environment: makeEnvironment(build, { view, top, path }),
  };
}

/** Where the output is made, without links on the way. */
function findOutput({ store, derivation: { output } }: PlannedBuild): string {
  return join(realpathSync(store.directory), basename(output));
}

type Pieces = Furniture & { readonly isolation: Isolation };

/** Makes a root directory with what guix-daemon's have, and what the build needs. */
async function furnish(
  root: string,
  { store }: PlannedBuild,
  { isolation, hostTools, signal, ...its }: Pieces,
): Promise<View> {
  for (const name of ['proc', 'dev/shm', 'etc', 'tmp', store.logical]) {
    mkdirSync(join(root, name), { recursive: true });
  }
  writeFileSync(join(root, 'etc/passwd'), users);
  writeFileSync(join(root, 'etc/group'), 'nixbld:!:30000:\n');
  writeFileSync(join(root, 'etc/hosts'), '127.0.0.1 localhost\n::1 localhost\n');
  for (const [name, target] of deviceLinks) symlinkSync(target, join(root, 'dev', name));
  const items = its.items.map(({ store: itsStore, derivation: { output } }) => ({
    from: resolve(toPhysical(itsStore, output)),
    to: output,
  }));
  if (isolation.by === 'chroot') {
    for (const { from, to } of items) await copyItem(from, join(root, to), signal);
    // The copies belong to others, too.
    return { root, mounts: items.map(({ to }) => ({ from: join(root, to), to })) };
  }
  const wanted = [...items, ...(hostTools.length > 0 ? listSystemDirectories() : []), ...devices];
  const mounts = wanted.filter((mount) => !makeLink(root, mount));
  for (const mount of mounts) makeMountPoint(root, mount);
  return { root, mounts };
}

/** What is a link is one there, and leads to where it leads there. Returns whether it is. */
function makeLink(root: string, { from, to }: Mount): boolean {
  if (!lstatSync(from).isSymbolicLink()) return false;
  mkdirSync(dirname(join(root, to)), { recursive: true });
  symlinkSync(readlinkSync(from, 'buffer'), join(root, to));
  return true;
}

async function copyItem(from: string, to: string, signal: AbortSignal): Promise<void> {
  mkdirSync(dirname(to), { recursive: true });
  await copyTree(from, to, signal);
  normalize(to);
  normalizeTop(to);
}

function makeMountPoint(root: string, { from, to }: Mount): void {
  const place = join(root, to);
  mkdirSync(dirname(place), { recursive: true });
  if (statSync(from).isDirectory()) mkdirSync(place, { recursive: true });
  else writeFileSync(place, '');
}

const users = `nixbld:x:30001:30000:Nix build user:/homeless-shelter:/noshell
nobody:x:65534:65534:Nobody:/:/noshell
`;

/** The devices that every build has. */
const devices: readonly Mount[] = ['null', 'zero', 'full', 'random', 'urandom'].map((name) => ({
  from: `/dev/${name}`,
  to: `/dev/${name}`,
}));

const deviceLinks = [
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
] as const;

/** Of inputs alone there is no /bin/sh, which many a script names. */
function linkShell(view: View, path: readonly string[]): void {
  const file = path
    .flatMap((directory) => [`${directory}/sh`, `${directory}/bash`])
    .find((one) => existsSync(findPlace(view, one).real));
  if (file === undefined) return;
  mkdirSync(join(view.root, dirname(shell)));
  symlinkSync(file, join(view.root, shell));
}

/** Those of the inputs that have such a directory. */
function findDirectories(
  { inputs }: PlannedBuild,
  view: View,
  names: readonly string[],
): readonly string[] {
  return [...inputs.values()]
    .flatMap(({ derivation: { output } }) => names.map((name) => `${output}/${name}`))
    .filter((path) => existsSync(findPlace(view, path).real));
}

/** The variables that Guix's daemon and its gnu-build-system set; nothing of ours. */
function makeEnvironment(
  build: PlannedBuild,
  {
    view,
    top,
    path,
  }: { readonly view: View; readonly top: string; readonly path: readonly string[] },
): Room['environment'] {
  const list = (...names: readonly string[]): string =>
    findDirectories(build, view, names).join(':');
  return {
    PATH: path.join(':'),
    HOME: '/homeless-shelter',
    ...{ LC_ALL: 'C', TZ: 'UTC0', SOURCE_DATE_EPOCH: '1' },
    ...{ TMPDIR: top, NIX_BUILD_TOP: top, NIX_STORE: build.store.logical },
    out: build.derivation.output,
    ...Object.fromEntries(
      Object.entries({
        C_INCLUDE_PATH: list('include'),
        CPLUS_INCLUDE_PATH: list('include'),
        LIBRARY_PATH: list('lib'),
        PKG_CONFIG_PATH: list('lib/pkgconfig', 'share/pkgconfig'),
      }).filter(([, value]) => value !== ''),
    ),
  };
}
