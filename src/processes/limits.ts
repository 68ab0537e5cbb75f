import { readFileSync } from 'node:fs';
import { callLibc } from './libc.ts';

const RLIMIT_NOFILE = 7;

/**
 * Undoes what Node does at its start: it raises the soft limit on open files to the hard one, and
 * programs that close all that they could have open, guix-daemon's builders among them, take the
 * longer for it. What it was, nobody tells; that of our parent is what we were given as a rule.
 */
export function restoreDescriptorLimit(): void {
  const [ours, parents] = [readLimit('self'), readLimit(process.ppid)];
  if (ours === undefined || parents?.hard !== ours.hard || parents.soft >= ours.soft) return;
  const limit = Buffer.alloc(16);
  limit.writeBigUInt64LE(parents.soft, 0);
  limit.writeBigUInt64LE(parents.hard, 8);
  callLibc('setrlimit64', RLIMIT_NOFILE, limit);
}

type Limit = { readonly soft: bigint; readonly hard: bigint };

/** `undefined` if it isn't told: process 1 has no parent, and that of somebody else keeps it secret. */
function readLimit(process: number | 'self'): Limit | undefined {
  try {
    const limits = readFileSync(`/proc/${process}/limits`, 'latin1');
    const [, soft, hard] = /^Max open files +(\d+) +(\d+) /m.exec(limits) ?? [];
    return soft === undefined || hard === undefined
      ? undefined
      : { soft: BigInt(soft), hard: BigInt(hard) };
  } catch {
    return undefined;
  }
}
