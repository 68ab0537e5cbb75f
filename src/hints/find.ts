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
const rules: readonly Rule[] = [
  findBuildUsersFault,
  findReadOnlyMount,
  findDatabaseFault,
  findFullDisk,
  findMissingPrivilege,
  findSandboxFault,
  findMissingTunnel,
  findNetworkFault,
  findLargeInodes,
  findClockFault,
];

/** What the first rule says that fits. */
export async function findHint(scene: Scene): Promise<Hint | undefined> {
  for (const rule of rules) {
    const hint = await apply(rule, scene);
    if (hint !== undefined) return hint;
  }
  return undefined;
}

/** On a machine where something is broken, a rule may not be able to look: it doesn't fit then. */
async function apply(rule: Rule, scene: Scene): Promise<Hint | undefined> {
  try {
    return await rule(scene);
  } catch {
    return undefined;
  }
}
