import type { Hint } from '../errors/hint.ts';
import { findBuildUsersFault } from './rules/build-users.ts';
import { findClockFault } from './rules/clock.ts';
import { findDatabaseFault } from './rules/database.ts';
import { findFullDisk } from './rules/disk.ts';
import { findLargeInodes } from './rules/inodes.ts';
import { findNetworkFault } from './rules/network.ts';
import { findMissingPrivilege } from './rules/privileges.ts';
import { findReadOnlyMount } from './rules/read-only.ts';
import { findSandboxFault } from './rules/sandbox.ts';
import { findMissingTunnel } from './rules/tunnel.ts';
import type { Rule, Scene } from './scene.ts';

/** The most certain first. */
const rules: readonly { readonly name: string; readonly find: Rule }[] = [
  { name: 'build users', find: findBuildUsersFault },
  { name: 'read-only', find: findReadOnlyMount },
  { name: 'database', find: findDatabaseFault },
  { name: 'full disk', find: findFullDisk },
  { name: 'privileges', find: findMissingPrivilege },
  { name: 'sandbox', find: findSandboxFault },
  { name: 'tunnel', find: findMissingTunnel },
  { name: 'network', find: findNetworkFault },
  { name: 'large inodes', find: findLargeInodes },
  { name: 'clock', find: findClockFault },
];

/** What the first rule says that fits, with the name of that rule. */
export async function findHint(
  scene: Scene,
): Promise<(Hint & { readonly rule: string }) | undefined> {
  for (const { name, find } of rules) {
    const hint = await apply(find, scene);
    if (hint !== undefined) return { rule: name, ...hint };
  }
  return undefined;
}

/** On a machine where something is broken, a rule may not be able to look: it doesn't fit then. */
async function apply(find: Rule, scene: Scene): Promise<Hint | undefined> {
  try {
    return await find(scene);
  } catch {
    return undefined;
  }
}
