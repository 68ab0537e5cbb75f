import { readFileSync, statSync } from 'node:fs';
import type { Machine } from './check.ts';

/** A line of `/etc/passwd` or `/etc/group`, by its fields; an empty list where there is no such file. */
export function readAccounts(file: '/etc/passwd' | '/etc/group'): readonly (readonly string[])[] {
  try {
    const lines = readFileSync(file, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => line.split(':'));
  } catch {
    return [];
  }
}

/** As whom a daemon would be started. */
export type Owner = {
  readonly id: number;
  /** For people: `guix`, `user 1000`. */
  readonly name: string;
  /** For commands: `guix`, `1000`. */
  readonly account: string;
  readonly isRoot: boolean;
};

/** The user of `--daemon-user`, else whoever we are; `undefined`: there is no such user. */
export function findOwner({ options: { daemonUser } }: Machine): Owner | undefined {
  const wanted = daemonUser ?? String(process.geteuid?.() ?? 0);
  const user = readAccounts('/etc/passwd').find(
    ([name, , id]) => id === wanted || (daemonUser !== undefined && name === wanted),
  );
  if (user === undefined && daemonUser !== undefined) return undefined;
  const id = Number(user?.[2] ?? wanted);
  const [named] = user ?? [];
  return { id, name: named ?? `user ${id}`, account: named ?? String(id), isRoot: id === 0 };
}

/**
 * The ordinary user to whom root has given the store, with what is known of it, while we would start a
 * daemon of root's: that would take it from them.
 */
export function findGivenTo(machine: Machine): string | undefined {
  if (findOwner(machine)?.isRoot !== true) return undefined;
  const { kind, environment } = machine;
  const [store, state] = [kind.store, kind.stateDirectory(environment)].map(
    (place) => statSync(place, { throwIfNoEntry: false })?.uid,
  );
  return store === undefined || store === 0 || store !== state
    ? undefined
    : nameOf(store, '/etc/passwd');
}

/** The name of a user or a group, or its number where it has none. */
export function nameOf(id: number, file: '/etc/passwd' | '/etc/group'): string {
  return readAccounts(file).find(([, , number]) => Number(number) === id)?.[0] ?? String(id);
}
