import type { Check } from '../check.ts';
import { binfmt } from './binfmt.ts';
import { buildUsers } from './build-users.ts';
import { certificates } from './certificates.ts';
import { capabilities } from './capabilities.ts';
import { channel } from './channel.ts';
import { client } from './client.ts';
import { clock } from './clock.ts';
import { daemon } from './daemon.ts';
import { environment } from './environment.ts';
import { emulation } from './emulation.ts';
import { exec } from './exec.ts';
import { inodes } from './inodes.ts';
import { journal } from './journal.ts';
import { keys } from './keys.ts';
import { locale } from './locale.ts';
import { limits } from './limits.ts';
import { logs } from './logs.ts';
import { namespaces } from './namespaces.ts';
import { proc } from './proc.ts';
import { profile } from './profile.ts';
import { sandbox } from './sandbox.ts';
import { seccomp } from './seccomp.ts';
import { selfTest } from './self-test.ts';
import { servers } from './servers.ts';
import { settings } from './settings.ts';
import { socket } from './socket.ts';
import { space } from './space.ts';
import { store } from './store.ts';
import { tunnel } from './tunnel.ts';

/** Every check there is, in the order in which they are told. */
export const checks: readonly Check[] = [
  ...[emulation, sandbox, namespaces, capabilities, seccomp, proc, tunnel],
  ...[exec, space, inodes, limits, clock, binfmt],
  buildUsers,
  ...[store, journal, logs, socket],
  ...[daemon, settings, client, profile, channel],
  ...[environment, certificates, locale],
  ...[keys, servers],
  // Builds something, and comes last.
  selfTest,
];
