import type { Words } from './words.ts';

type Kinds =
  | 'daemon-user-unknown'
  | 'daemon-user-not-us'
  | 'setpriv-not-found'
  | 'store-not-owned'
  | 'no-sandbox';

/** Of failures that lie in what this machine lets a daemon do. */
export const machineWords: Pick<Words, Kinds> = {
  'daemon-user-unknown': ({ user }) => ({
    headline: `Cannot run the daemon as '${user}': there is no such user.`,
    hint: `Make it: 'useradd --system --user-group --create-home ${user}'. It must own the store, too.`,
  }),
  'daemon-user-not-us': ({ user }) => ({
    headline: `Cannot run the daemon as '${user}': only root can run it as somebody else.`,
    hint: `Run the same command as root or as ${user}: 'docker run --user=${user}'.`,
  }),
  'setpriv-not-found': ({ user }) => ({
    headline: `Cannot run the daemon as '${user}': there is no setpriv on PATH, which changes users.`,
    hint: `Install util-linux, or be ${user} from the start: 'docker run --user=${user}'.`,
  }),
  'store-not-owned': ({ user, directories }) => ({
    headline: `Cannot start a daemon that isn't root: ${directories.join(' and ')} ${directories.length === 1 ? 'is' : 'are'} not owned by ${user}.`,
    hint: `Run the same command as root, or give it to that user, once, as root: 'chown --recursive ${user} ${directories.join(' ')}'. Or use a daemon that runs.`,
  }),
  'no-sandbox': ({ found, meaning, command }) => ({
    headline: `Builds can't be isolated, as --chroot=on demands: ${found}.`,
    hint: `${meaning} '${command}'.`,
  }),
};
