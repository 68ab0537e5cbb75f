import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What a control group allows us, of what is limited at all. */
export type CgroupLimits = {
  /** In bytes. */
  readonly memory: number | undefined;
  /** How many processes and threads. */
  readonly processes: number | undefined;
};

/** The lowest of the limits that are seen from here: our group's, and those of the groups above it. */
export function readCgroupLimits(): CgroupLimits {
  const groups = readFileSync('/proc/self/cgroup', 'latin1').split('\n').filter(Boolean);
  const files = groups.flatMap((line) => {
    const [, controllers = '', group = '/'] = line.split(':');
    return listAncestors(group).map((ancestor) =>
      controllers === ''
        ? { memory: `${ancestor}/memory.max`, processes: `${ancestor}/pids.max` }
        : {
            memory: `/memory${ancestor}/memory.limit_in_bytes`,
            processes: `/pids${ancestor}/pids.max`,
          },
    );
  });
  return {
    memory: readLowest(files.map(({ memory }) => memory)),
    processes: readLowest(files.map(({ processes }) => processes)),
  };
}

/** `/a/b`, `/a` and the root, which is the container's own there. */
function listAncestors(group: string): readonly string[] {
  const names = group.split('/').filter(Boolean);
  return ['', ...names].map((_, index) => ['', ...names.slice(0, index)].join('/'));
}

function readLowest(files: readonly string[]): number | undefined {
  const limits = [...new Set(files)].map(readLimit).filter((limit) => limit !== undefined);
  return limits.length === 0 ? undefined : Math.min(...limits);
}

/** What is larger than any machine is no limit. */
const noLimit = 2 ** 60;

function readLimit(file: string): number | undefined {
  try {
    // `max` is no number.
    const limit = Number(readFileSync(join('/sys/fs/cgroup', file), 'latin1'));
    return limit < noLimit ? limit : undefined;
  } catch {
    return undefined;
  }
}
