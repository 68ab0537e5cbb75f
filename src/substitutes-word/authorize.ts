import { chooseDaemon } from '../daemon/choose.ts';
import { guixKeys } from '../daemon/guix.ts';
import { locateGuix } from '../daemon/locate.ts';
import { EntryPointError } from '../errors/failure.ts';
import type { Report } from '../events/event.ts';
import { exitStatus } from '../processes/ending.ts';
import { followAcl } from '../substitutes/acl-file.ts';
import type { Action, Circumstances } from './action.ts';
import { type Archived, archiveAuthorize } from './archive.ts';
import { chooseKeys } from './choose-keys.ts';
import { findKeyFiles, type Key, readKeys } from './keys.ts';

/** Lets Guix take what keys sign: those that are named, else all that there are. */
export const authorizeKeys: Action = async ({ names, options }, circumstances) => {
  const { environment, report } = circumstances;
  const { kind } = chooseDaemon(options, environment);
  if (kind.name === 'nix') throw new EntryPointError({ kind: 'keys-are-settings' });
  const { chosen, failures } = chooseKeys(names, findKeyFiles(report));
  for (const failure of failures) report({ event: 'failure', failure });
  const acl = guixKeys.acl(environment);
  const readAcl = followAcl(acl);
  const has = ({ publicKey }: Key): boolean => readAcl().has(publicKey);
  const keys = readKeys(chosen, report);
  const program = keys.every(has) ? '' : findProgram(circumstances);
  const refused: Refused[] = [];
  const missing: string[] = [];
  for (const key of keys) {
    const isNew = !has(key);
    const refusal = isNew ? give(key, program, environment) : undefined;
    if (refusal !== undefined) refused.push(refusal);
    else if (!has(key)) missing.push(key.name);
    else report({ event: 'key-authorized', key: key.name, publicKey: key.publicKey, isNew });
  }
  tellRefused(refused, program, report);
  if (missing.length > 0) {
    report({ event: 'failure', failure: { kind: 'keys-missing', keys: missing, acl } });
  }
};

function findProgram({ environment }: Circumstances): string {
  return locateGuix(environment);
}

/** A key that Guix didn't take, and how it said so. */
type Refused = { readonly key: string; readonly archived: Archived };

function give(
  { name: key, publicKey }: Key,
  program: string,
  environment: Circumstances['environment'],
): Refused | undefined {
  const archived = archiveAuthorize(program, publicKey, environment);
  return exitStatus(archived.ending) === 0 ? undefined : { key, archived };
}

/** What Guix says of one it says of all, as a rule: it can't write its list. */
function tellRefused(refused: readonly Refused[], program: string, report: Report): void {
  const alike = Map.groupBy(refused, ({ archived }) => JSON.stringify(archived));
  for (const those of alike.values()) {
    const keys = those.map(({ key }) => key);
    const [{ archived } = {}] = those;
    if (archived === undefined) continue;
    report({ event: 'failure', failure: { kind: 'keys-refused', keys, program, ...archived } });
  }
}
