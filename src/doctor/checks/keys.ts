import { existsSync, readFileSync, statSync } from 'node:fs';
import { guixKeys } from '../../daemon/guix.ts';
import { errorCode, renderSystemError } from '../../errors/system.ts';
import { quoteWords } from '../../events/quote.ts';
import { listKeyFiles } from '../../substitutes/key-files.ts';
import { type PublicKey, readAcl, readPublicKey } from '../../substitutes/keys.ts';
import { listServers } from '../../substitutes/list.ts';
import type { Server } from '../../substitutes/servers.ts';
import type { Check, Finding } from '../check.ts';
import { countOf, errorToFinding, listSome } from '../words.ts';

/** Whether Guix takes what the substitute servers sign. */
export const keys: Check = {
  name: 'keys',
  title: "whether the substitute servers' keys are authorized",
  only: 'guix',
  examine(machine) {
    const { substituteUrls: urls, addedSubstituteUrls: added } = machine.options;
    const acl = guixKeys.acl(machine.environment);
    try {
      const servers = listServers({ urls, added });
      return compare(servers, readAuthorized(acl), acl);
    } catch (error) {
      return [errorToFinding(error, acl)];
    }
  },
};

/** Without a list nobody is authorized; a list that is broken authorizes nobody, either. */
function readAuthorized(acl: string): ReadonlySet<PublicKey> | Finding {
  if (!existsSync(acl)) return new Set();
  try {
    if (!statSync(acl).isFile()) throw new Error('it is not a regular file');
    return readAcl(readFileSync(acl, 'utf8'));
  } catch (error) {
    return unreadable(acl, error);
  }
}

function compare(
  servers: readonly Server[],
  authorized: ReadonlySet<PublicKey> | Finding,
  acl: string,
): readonly Finding[] {
  if ('state' in authorized) return [authorized];
  const listed = Map.groupBy(servers, ({ key }) => key);
  const known = listKeyFiles().filter(({ name }) => listed.has(name));
  const missing = known
    .filter(({ read }) => !authorized.has(readPublicKey(read()) ?? ''))
    .map(({ name }) => ({ name, servers: listed.get(name) ?? [] }));
  const taken = known.length - missing.length;
  if (known.length === 0) {
    return [{ state: 'fine', text: 'which keys the servers in force have is not known here' }];
  }
  return [
    ...(taken > 0 || missing.length === 0
      ? [{ state: 'fine', text: `${countOf(taken, 'key')} authorized` } as const]
      : []),
    ...missing.map((key) => unauthorized(key, acl)),
  ];
}

function unauthorized(
  { name, servers }: { readonly name: string; readonly servers: readonly Server[] },
  acl: string,
): Finding {
  return {
    state: 'odd',
    text: `${name} is not in ${acl}: Guix does not take what ${listSome(servers.map(({ url }) => url))} has`,
    meaning: 'It is built here instead. If you trust who has the key:',
    command: quoteWords(['guix-entry-point', 'substitutes', 'authorize', name]),
  };
}

function unreadable(acl: string, error: unknown): Finding {
  const isForbidden = errorCode(error) === 'EACCES';
  return {
    state: 'broken',
    text: `${acl} can't be read: ${renderSystemError(error)}`,
    meaning: `Guix takes nobody's substitutes then. ${isForbidden ? 'To let everybody read it' : 'To put it aside, and authorize the keys that are known here'}:`,
    command: isForbidden
      ? quoteWords(['chmod', 'a+r', acl])
      : `${quoteWords(['mv', acl, `${acl}.broken`])} && guix-entry-point substitutes authorize`,
  };
}
