import { constants, readdirSync } from 'node:fs';
import { callLibc } from './libc.ts';
import { readLink } from './proc.ts';

/**
 * The descriptors above stderr that we were started with, for the command to have them, too. Node
 * opens some for itself before we come to look, and the kernel doesn't tell whose is which. Node's are
 * event queues, /dev/null to read from, pipes of which we hold both ends: those that don't block, and
 * one that does, the first behind the first event queue.
 */
export function findInheritedDescriptors(): readonly number[] {
  const open = readdirSync('/proc/self/fd')
    .map(Number)
    .filter((number) => number > 2)
    .toSorted((a, b) => a - b)
    .map(readDescriptor)
    .filter(({ link }) => link !== '' && !link.endsWith('/fd'))
    .filter(({ link, reads }) => link !== '/dev/null' || !reads);
  const firstQueue = open.findIndex(({ link }) => isQueue(link));
  const nodesPipe = open.find(
    ({ link, blocks }, index) => index > firstQueue && blocks && isPair(link, open),
  )?.link;
  const inherited = open
    .filter(({ link, blocks }) => !isQueue(link) && (blocks || !isPair(link, open)))
    .filter(({ link }) => link !== nodesPipe)
    .map(({ number }) => number);
  // Node has marked the first of them only. The daemon is to have none.
  for (const number of inherited) markForExec(number, 'closed');
  return inherited;
}

const F_SETFD = 2;
const F_GETFL = 3;
const FD_CLOEXEC = 1;

/** Whether a descriptor of ours is open in a program that we execute. */
export function markForExec(descriptor: number, is: 'open' | 'closed'): void {
  callLibc('fcntl', descriptor, F_SETFD, is === 'closed' ? FD_CLOEXEC : 0);
}

type Descriptor = {
  readonly number: number;
  readonly link: string;
  readonly reads: boolean;
  readonly writes: boolean;
  readonly blocks: boolean;
};

function isQueue(link: string): boolean {
  return link.startsWith('anon_inode:');
}

/** Whether both ends of a pipe are there. */
function isPair(link: string, open: readonly Descriptor[]): boolean {
  const ends = open.filter((descriptor) => descriptor.link === link);
  return (
    link.startsWith('pipe:') &&
    ends.some(({ writes }) => writes) &&
    !ends.every(({ writes }) => writes)
  );
}

const O_ACCMODE = 3;

function readDescriptor(number: number): Descriptor {
  const flags = callLibc('fcntl', number, F_GETFL, 0);
  return {
    number,
    link: readLink('self', number) ?? '',
    reads: (flags & O_ACCMODE) === constants.O_RDONLY,
    writes: (flags & O_ACCMODE) === constants.O_WRONLY,
    blocks: (flags & constants.O_NONBLOCK) === 0,
  };
}
