import { renderEnding } from '../processes/ending.ts';
import type { Words } from './words.ts';

type Kind =
  | 'server-list-broken'
  | 'no-server-answers'
  | 'key-not-found'
  | 'key-unreadable'
  | 'key-malformed'
  | 'keys-refused'
  | 'keys-missing'
  | 'guix-not-found'
  | 'keys-are-settings';

/** What can go wrong with substitute servers and their keys, in words. */
export const substitutesWords: Pick<Words, Kind> = {
  'server-list-broken': ({ file, reason }) => ({
    headline: `Cannot use the list of substitute servers in ${file}: ${reason}.`,
    hint: `It looks like this: [{"url": "https://ci.guix.gnu.org", "key": "berlin.guix.gnu.org.pub"}]. Mend it, or take it away for the built-in list.`,
  }),
  'no-server-answers': ({ servers, store }) => ({
    headline:
      servers === 0
        ? 'There is no substitute server: the list is empty.'
        : servers === 1
          ? `The only substitute server does not answer for ${store}.`
          : `None of ${servers} substitute servers answers for ${store}.`,
    hint:
      servers === 0
        ? "Name some: '--substitute-urls=URLS'."
        : "Look at the network and at 'http_proxy' and 'https_proxy', or name others: '--substitute-urls=URLS'.",
  }),
  'key-not-found': ({ name, known, nearest }) => ({
    headline: `There is no key '${name}', and no such file.`,
    hint: `${nearest === undefined ? '' : `Did you mean '${nearest}'? `}Keys are mounted as /etc/guix-entry-point/keys/NAME.pub, and a file is named by its path.`,
    quote: { heading: 'These are ours:', lines: known },
  }),
  'key-unreadable': ({ file, reason }) => ({
    headline: `Cannot read the key ${file}: ${reason}.`,
    hint: `'ls -l ${file}' shows what it is.`,
  }),
  'key-malformed': ({ file, isPrivate }) => ({
    headline: isPrivate
      ? `Cannot authorize ${file}: it holds a private key.`
      : `Cannot authorize ${file}: it holds no public key as Guix makes them.`,
    hint: isPrivate
      ? 'Keep it to yourself, and take the public one beside it: signing-key.pub.'
      : 'A good one looks like this, with 64 hexadecimal digits: (public-key (ecc (curve Ed25519) (q #8D15…B394#))).',
  }),
  'keys-refused': ({ keys, program, ending, words: lines }) => ({
    headline: `Cannot authorize ${keys.join(', ')}: 'guix archive --authorize' failed (${renderEnding(ending)}).`,
    hint: lines.some((line) => /permission denied/i.test(line))
      ? "The list of Guix's keys belongs to root. Run the same command as root."
      : `Try it alone: '${program} archive --authorize <FILE'.`,
    quote: { heading: 'It said:', lines },
  }),
  'keys-missing': ({ keys, acl }) => ({
    headline: `Guix took ${keys.join(', ')}, and ${acl} does not show it.`,
    hint: 'This Guix keeps its keys elsewhere: name the directory by GUIX_CONFIGURATION_DIRECTORY.',
  }),
  'guix-not-found': ({ places }) => ({
    headline: 'Cannot find guix, which keeps the list of keys.',
    hint: 'Install Guix, or name the profile that has it: GUIX_PROFILE.',
    quote: { heading: 'Looked at:', lines: places },
  }),
  'keys-are-settings': () => ({
    headline: 'Cannot authorize keys for Nix: they are a setting of its own.',
    hint: "Add the key to /etc/nix/nix.conf, as root, or give it to the daemon in NIX_CONFIG: 'extra-trusted-public-keys = NAME:BASE64'. For Guix: '--daemon=guix'.",
  }),
};
