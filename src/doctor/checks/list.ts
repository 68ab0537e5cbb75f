import type { Check } from '../check.ts';
import { binfmt } from './binfmt.ts';
import { capabilities } from './capabilities.ts';
import { clock } from './clock.ts';
import { emulation } from './emulation.ts';
import { exec } from './exec.ts';
import { inodes } from './inodes.ts';
import { limits } from './limits.ts';
import { namespaces } from './namespaces.ts';
import { proc } from './proc.ts';
import { seccomp } from './seccomp.ts';
import { space } from './space.ts';
import { tunnel } from './tunnel.ts';

/** Every check there is, in the order in which they are told. */
export const checks: readonly Check[] = [
  ...[emulation, namespaces, capabilities, seccomp, proc, tunnel],
  ...[exec, space, inodes, limits, clock, binfmt],
];
