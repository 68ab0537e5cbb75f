import { readFileSync } from 'node:fs';

/** What is mounted, as proc_pid_mountinfo(5) tells it, in the order of mounting. */
export type Mount = {
  /** Which directory of the file system; `/` unless only a part of it is mounted. */
  readonly root: string;
  /** Where, as this process sees it. */
  readonly point: string;
  /** Of this mount: `ro`, `nosuid`, … */
  readonly options: readonly string[];
  /** `ext4`, `overlay`, `tmpfs`, `proc`, … */
  readonly type: string;
  /** Of the file system as a whole: `ro`, `rw`, `lowerdir=…`. */
  readonly superOptions: readonly string[];
};

export function readMounts(): readonly Mount[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => {
      // A variable number of fields ends at ' - '.
      const [before = '', after = ''] = line.split(' - ');
      const [, , , root = '', point = '', options = ''] = before.split(' ');
      const [type = '', , superOptions = ''] = after.split(' ');
      return {
        root: unescape(root),
        point: unescape(point),
        options: options.split(','),
        type,
        superOptions: superOptions.split(','),
      };
    });
}

/** The mount that a path is on: the last one of the deepest point above it. */
export function findMount(path: string, mounts = readMounts()): Mount | undefined {
  const above = mounts.filter(
    ({ point }) => point === '/' || path === point || path.startsWith(`${point}/`),
  );
  const deepest = Math.max(...above.map(({ point }) => point.length));
  return above.findLast(({ point }) => point.length === deepest);
}

/** The kernel writes blanks and backslashes as `\040`. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) =>
    String.fromCharCode(Number.parseInt(octal, 8)),
  );
}
