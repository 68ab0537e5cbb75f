import type { Check } from '../check.ts';
import { buildUsers } from './build-users.ts';
import { certificates } from './certificates.ts';
import { channel } from './channel.ts';
import { daemon } from './daemon.ts';
import { environment } from './environment.ts';
import { guixClient } from './guix.ts';
import { journal } from './journal.ts';
import { keys } from './keys.ts';
import { locale } from './locale.ts';
import { logs } from './logs.ts';
import { profile } from './profile.ts';
import { sandbox } from './sandbox.ts';
import { selfTest } from './self-test.ts';
import { servers } from './servers.ts';
import { socket } from './socket.ts';
import { store } from './store.ts';

/** Every check there is, in the order in which they are told. */
export const checks: readonly Check[] = [
  ...[sandbox, buildUsers],
  ...[store, journal, logs, socket],
  ...[daemon, guixClient, profile, channel],
  ...[environment, certificates, locale],
  ...[keys, servers],
  // Builds something, and comes last.
  selfTest,
];
