import { callLibc } from '../processes/libc.ts';

/** Whether the kernel, or a filter of system calls, forbids what guix-daemon does before each build. */
export function isPersonalityDenied(): boolean {
  const now = callLibc('personality', query);
  if (now === -1) return true;
  const answer = callLibc('personality', now | ADDR_NO_RANDOMIZE);
  if (answer !== -1) callLibc('personality', now);
  return answer === -1;
}

const query = 0xffffffff;
const ADDR_NO_RANDOMIZE = 0x0040000;
