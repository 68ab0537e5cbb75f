import { callLibc } from '../processes/libc.ts';

/** Which of the calls that a build needs a filter (seccomp) keeps from this process. */
export function findDeniedCalls(): readonly string[] {
  return isPersonalityDenied() ? ['personality'] : [];
}

function isPersonalityDenied(): boolean {
  const now = callLibc('personality', query);
  const answer = callLibc('personality', now | ADDR_NO_RANDOMIZE);
  if (answer !== -1) callLibc('personality', now);
  return answer === -1;
}

const query = 0xffffffff;
const ADDR_NO_RANDOMIZE = 0x0040000;
