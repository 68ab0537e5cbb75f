import { readFileSync } from 'node:fs';

/** What the kernel lets this process do, from proc_pid_status(5). */
export type Privileges = {
  readonly user: number;
  /** The effective capabilities, as capabilities(7) numbers them. */
  readonly capabilities: bigint;
  /** A filter of system calls is in force, as container engines have one. */
  readonly isFiltered: boolean;
};

const capabilityNumbers = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_ADMIN: 12,
  CAP_SYS_CHROOT: 18,
  CAP_SYS_ADMIN: 21,
} as const;
export type Capability = keyof typeof capabilityNumbers;

export function readPrivileges(): Privileges {
  const status = readFileSync('/proc/self/status', 'latin1');
  const field = (name: string): string =>
    new RegExp(`^${name}:\\s+(\\S+)`, 'm').exec(status)?.[1] ?? '0';
  return {
    user: process.geteuid?.() ?? 0,
    capabilities: BigInt(`0x${field('CapEff')}`),
    isFiltered: field('Seccomp') === '2',
  };
}

export function hasCapability({ capabilities }: Privileges, capability: Capability): boolean {
  return ((capabilities >> BigInt(capabilityNumbers[capability])) & 1n) === 1n;
}
