import { readMounts } from './mounts.ts';
export function findProcMasks(mounts = readMounts()): readonly string[] {
  return mounts.filter(({ point }) => point.startsWith('/proc/')).map(({ point }) => point);
}
