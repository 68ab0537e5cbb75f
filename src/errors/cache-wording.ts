import type { Words } from './words.ts';

/** What can go wrong with a home cache that is staged, in words. */
export const cacheWords: Pick<Words, 'cache-no-room' | 'cache-taken' | 'cache-unusable'> = {
  'cache-no-room': ({ directory, unit, needed, free, size }) => {
    // A quarter more, for what the run will add.
    const wanted = Math.ceil((size - free + needed) * 1.25);
    const mebibytes = Math.ceil(wanted / 2 ** 20);
    const option = unit === 'bytes' ? `size=${mebibytes}m` : `nr_inodes=${wanted}`;
    return {
      headline: `Cannot stage the home cache in ${directory}: there is no room for it.`,
      hint: `Mount a larger one: 'docker run --tmpfs ${directory}:${option} …', or where it is mounted already: 'mount -o remount,${option} ${directory}'. Without XDG_CACHE_HOME the cache stays at home.`,
      quote: {
        heading: 'In its file system:',
        lines: [
          unit === 'bytes'
            ? `${Math.ceil(needed / 2 ** 20)} MiB are needed, ${Math.floor(free / 2 ** 20)} MiB are free`
            : `${needed} more files are needed, there is room for ${free}`,
        ],
      },
    };
  },
  'cache-taken': ({ home, owner, staged }) => ({
    headline: `Cannot stage the home cache ${home} in ${staged}: ${owner} is staged there.`,
    hint: `A staging directory is for one home cache: give this one another ('-e XDG_CACHE_HOME=${staged}-2'). If ${owner} is gone for good, or has moved here, and nothing in ${staged} is of use: 'rm -rf ${staged}/.guix-entry-point-staged'.`,
  }),
  'cache-unusable': ({ home, staged, culprit, reason }) => ({
    headline: `Cannot stage the home cache ${home} in ${staged}: ${reason}.`,
    hint:
      culprit === 'home'
        ? `${home} has to be a directory that you can read, or a link to one ('ls -ld ${home}'). Without XDG_CACHE_HOME it is not staged.`
        : `XDG_CACHE_HOME names ${staged}: a directory that can be written ('docker run --tmpfs ${staged}'). Without it the cache stays at home.`,
  }),
};
