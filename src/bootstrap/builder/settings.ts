import { checkModuleList } from '../definitions/modules.ts';
import type { Package } from '../definitions/package.ts';
import { type Datum, shorten } from '../scheme/datum.ts';
import { refuse, refuseDatum } from '../scheme/refuse.ts';

/** What stands behind the keywords of a package's arguments; those that its build system hasn't are refused. */
export function readSettings<Name extends string>(
  { arguments: given, buildSystem }: Package,
  known: readonly Name[],
): (name: Name) => Datum | undefined {
  for (const [name, { at }] of given) {
    if (known.some((one) => one === name)) continue;
    const allowed = [...known, 'output-hash'].map((one) => `#:${one}`).join(' ');
    refuse(at, { found: `#:${shorten(name)} of ${buildSystem}`, allowed });
  }
  const modules = given.get('modules');
  if (modules !== undefined) checkModuleList(modules.code);
  return (name) => given.get(name)?.code;
}

/** `#t` or `#f`. */
export function readBoolean(datum: Datum): boolean {
  return datum.is === 'boolean' ? datum.value : refuseDatum(datum, '#t or #f');
}
