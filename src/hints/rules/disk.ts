import type { Hint } from '../../errors/hint.ts';
import { quoteWords } from '../../events/quote.ts';
import type { Container } from '../../machine/container.ts';
import { findMount } from '../../machine/mounts.ts';
import { measureSpace, renderBytes, type Space } from '../../machine/space.ts';
import { findQuotedPath, findWords, hasTriedToBuild, isDaemonOurs, type Scene } from '../scene.ts';

/** What is on it, and what it is called. */
type Place = Space & {
  readonly directory: string;
  readonly use: 'store' | 'builds' | 'state' | 'logs';
};

const full = /no space left on device|disk quota exceeded|database or disk is full/i;

/**
 * A disk is full, in bytes or in files. Where somebody said so, it is the place that was named, else
 * the one with the least room by now: of a build that failed, most is gone already. Where nobody said
 * so, it is one without the room that the daemon itself misses in that case. A log may quote such words,
 * as tests do: it says so by its first error, or where there is no room.
 */
export function findFullDisk(scene: Scene): Hint | undefined {
  const { daemonWords, failed } = scene;
  const places = measurePlaces(scene);
  const fullest = places.toSorted(compareRoom)[0];
  if (fullest === undefined) return undefined;
  const errors = failed.flatMap(({ firstError }) => firstError ?? []);
  const said = findWords([...daemonWords, ...errors], full);
  if (hasNoRoom(fullest)) {
    const quoted =
      said ??
      findWords(
        failed.flatMap(({ words }) => words),
        full,
      );
    if (quoted !== undefined) return explain(fullest, scene, `'${quoted[0]}': `);
    return isInTheWay(fullest, scene) ? explain(fullest, scene) : undefined;
  }
  if (said === undefined) return undefined;
  const path = findQuotedPath(said.input);
  const named = places.find(({ directory }) => path?.startsWith(`${directory}/`));
  return named === undefined
    ? explain(
        fullest,
        scene,
        `'${said[0]}': of the places that ${scene.kind.title} writes to, it is the one with the least room by now: `,
      )
    : explain(named, scene, `'${said[0]}': `);
}

/** Without room, no daemon starts; without one more file, nothing comes so far as to be built. */
function isInTheWay(place: Place, scene: Scene): boolean {
  if (scene.isDaemonDown === true || hasTriedToBuild(scene)) return true;
  return !hasFiles(place) && place.use !== 'builds';
}

/** Where two are on the same file system, the first: it is there that room can be made. */
function measurePlaces(scene: Scene): readonly Place[] {
  const { environment, ...directories } = scene;
  const places = [
    { use: 'store', directory: directories.store },
    // Where another daemon makes builds, it was told by somebody else.
    ...(isDaemonOurs(scene)
      ? [{ use: 'builds', directory: environment['TMPDIR'] || '/tmp' } as const]
      : []),
    { use: 'state', directory: directories.stateDirectory },
    { use: 'logs', directory: directories.logDirectory },
  ] as const;
  const measured = places.map((place) => ({ ...place, ...measureSpace(place.directory) }));
  const devices = measured.map(({ device }) => device);
  return measured.filter(({ device }, index) => devices.indexOf(device) === index);
}

function compareRoom(one: Space, other: Space): number {
  return Number(hasFiles(one)) - Number(hasFiles(other)) || one.available - other.available;
}

/** With less, daemons say that a build may have failed for that (build.cc). */
const leastRoom = 8 * 1024 ** 2; // bytes

function hasNoRoom(space: Space): boolean {
  return space.available < leastRoom || !hasFiles(space);
}

function hasFiles({ files = Infinity }: Space): boolean {
  return files >= 16;
}

function explain(place: Place, scene: Scene, said = ''): Hint {
  const room = hasFiles(place)
    ? `${renderBytes(place.available)} free of ${renderBytes(place.size)}`
    : `no room for more files (inodes left: ${place.files})`;
  const { how, command } = makeRoom(place, scene);
  const found = `${said}${place.directory}, ${uses[place.use]}, has ${room}.`;
  return { meaning: `${found} ${how}:`, command };
}

const uses = {
  store: 'the store',
  builds: 'where builds are made',
  state: "which holds the store's database",
  logs: 'where build logs are kept',
} as const;

type Way = { readonly how: string; readonly command: string };

function makeRoom({ use, directory }: Place, { kind, container, store }: Scene): Way {
  const mount = findMount(directory);
  if (mount?.type === 'tmpfs' && container !== 'machine' && mount.point !== '/') {
    return {
      how: 'It is in memory, and gets more where the container is started',
      command: `docker run ${quoteWords([`--tmpfs=${mount.point}:exec,size=16g`])} …`,
    };
  }
  if (use === 'builds') {
    return {
      how: 'Another directory with more room is named by TMPDIR',
      command: 'TMPDIR=/var/tmp guix-entry-point …',
    };
  }
  if (use === 'logs') {
    return {
      how: 'Logs of earlier builds can go',
      command: `rm --recursive ${quoteWords([`${directory}/drvs`])}`,
    };
  }
  if (use === 'state')
    return {
      how: 'This shows what takes it',
      command: `du -xh ${quoteWords([directory])} | sort -h | tail`,
    };
  // What an image holds takes no less room for being deleted in a container of it.
  const prune = findMount(store)?.type === 'overlay' ? pruneCommands[container] : undefined;
  return prune === undefined
    ? {
        how: 'What is not used any more can go',
        command: `guix-entry-point ${kind.commands.collectGarbage}`,
      }
    : { how: 'Outside of the container, this makes room', command: prune };
}

const pruneCommands: { readonly [K in Container]?: string } = {
  'BuildKit step': 'docker builder prune',
  'Docker container': 'docker system prune',
  'Podman container': 'podman system prune',
};
