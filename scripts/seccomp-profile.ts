// npm run seccomp-profile: makes image/seccomp.json, Docker's own filter of system calls and what Guix
// needs on top.
import { readFile, writeFile } from 'node:fs/promises';
import { $, path } from 'zx';
import { provisionFilter } from './provision.ts';
import { runScript } from './script.ts';

/** A filter as container engines read it; what we don't look at is left out. */
export type Profile = {
  readonly comment?: string;
  readonly syscalls: readonly Rule[];
};

/** What becomes of a call, where all conditions hold. */
type Rule = {
  readonly names: readonly string[];
  readonly action: 'SCMP_ACT_ALLOW' | 'SCMP_ACT_ERRNO';
  readonly args?: readonly Condition[];
  readonly comment?: string;
  readonly excludes?: { readonly arches?: readonly string[] };
};

/** Holds where none of the bits of `value` is set in an argument, the first one being 0. */
type Condition = {
  readonly index: number;
  readonly op: 'SCMP_CMP_MASKED_EQ';
  readonly value: number;
  readonly valueTwo: 0;
};

const CLONE_NEWCGROUP = 0x0200_0000;
const CLONE_NEWTIME = 0x80;
const PER_LINUX32 = 0x8;
const UNAME26 = 0x2_0000;
const ADDR_NO_RANDOMIZE = 0x4_0000;
const all32Bits = 0xffff_ffff;

/** Each is needed: test/image/seccomp.test.ts takes one away at a time. */
export const additions: readonly Rule[] = [
  allow('personality', {
    comment:
      'Every build, isolated or not: addresses as they come, so that builds are the same each time (ADDR_NO_RANDOMIZE), beside the 32-bit personality that the default allows',
    args: [withoutBits(all32Bits - PER_LINUX32 - UNAME26 - ADDR_NO_RANDOMIZE)],
  }),
  allow('pivot_root', {
    comment: 'Isolated builds: a / of their own, with what the build declares and nothing else',
  }),
  allow('clone', {
    comment:
      "Isolated builds of an ordinary user's daemon: name spaces for users, processes, mounts, network, IPC and host name; not for cgroups. clone3, of which a filter sees no flags, stays unknown, so programs use clone",
    args: [withoutBits(CLONE_NEWCGROUP)],
    excludes: { arches: ['s390', 's390x'] },
  }),
  allow('unshare', {
    comment:
      "Isolated builds of an ordinary user's daemon: one more name space for users locks the mounts; not for cgroups and times",
    args: [withoutBits(CLONE_NEWCGROUP + CLONE_NEWTIME)],
  }),
  allow('mount', {
    comment:
      "Isolated builds of an ordinary user's daemon: the mounts of that /, and a /proc of their own",
  }),
  allow('umount2', {
    comment:
      "Isolated builds of an ordinary user's daemon: the / from before is taken away, once it is changed",
  }),
  allow('chroot', {
    comment:
      "Isolated builds of an ordinary user's daemon: the last step of changing /; the default allows it with CAP_SYS_CHROOT only",
  }),
  allow('sethostname', {
    comment: "Isolated builds of an ordinary user's daemon: each build finds itself on 'localhost'",
  }),
  allow('setdomainname', {
    comment: "Isolated builds of an ordinary user's daemon: and in the domain '(none)'",
  }),
];

function allow(name: string, more: Pick<Rule, 'comment' | 'args' | 'excludes'>): Rule {
  return { names: [name], action: 'SCMP_ACT_ALLOW', ...more };
}

function withoutBits(value: number): Condition {
  return { index: 0, op: 'SCMP_CMP_MASKED_EQ', value, valueTwo: 0 };
}

/** The profile that Debian's package of the engine has, and our additions behind its own rules. */
export async function makeProfile(): Promise<Profile> {
  const filter = await provisionFilter();
  const version = await readFile(path.join(filter, 'version'), 'utf8');
  const text = await readFile(path.join(filter, 'default.json'), 'utf8');
  const base: Profile = JSON.parse(text);
  return {
    comment: `Docker's default (Debian's package of ${version.trim()}) and, as the last rules, what guix-daemon needs. Made by scripts/seccomp-profile.ts`,
    ...base,
    syscalls: [...base.syscalls, ...additions],
  };
}

const file = path.join(import.meta.dirname, '../image/seccomp.json');

if (import.meta.main) {
  await runScript(async () => {
    await writeFile(file, JSON.stringify(await makeProfile()));
    await $`prettier --write ${file}`;
  });
}
