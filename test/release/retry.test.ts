import { expect, test, vi } from 'vitest';
import { readRetryAfter } from '../../scripts/release/http.ts';
import { isFlaky } from '../../scripts/release/retry.ts';

const cause = 'dial tcp 10.0.0.1:443: connect: connection refused';

test.for([
  `ERROR: failed to push ghcr.io/o/r: failed to do request: Head "https://ghcr.io": ${cause}`,
  'ERROR: failed to solve: unexpected status from PUT request to https://ghcr.io/v2/: 502 Bad Gateway',
  'docker: Error response from daemon: Get "https://ghcr.io/v2/": net/http: TLS handshake timeout',
  '#9 12.5 guix pull: error: Git error: failed to resolve address for git.guix.gnu.org: Name or service not known',
])('%s: another try may end well', (line) => {
  expect(isFlaky(`#8 DONE 1.0s\n${line}\n`)).toBe(true);
});

test.for([
  // A test of a package that is built.
  `#9 3600.5 test-server.py: ${cause}`,
  `error: ${cause}`,
  // The builder says it, and quotes what failed.
  `ERROR: failed to solve: process "/bin/sh -c echo connection refused; false" did not complete successfully: exit code: 1`,
  'ERROR: failed to solve: image/Dockerfile: unknown instruction: FORM',
  '#9 12.5 guix pull: error: Git error: the commit is not signed by an authorized key',
])('%s: it would only take as long again', (line) => {
  expect(isFlaky(`#8 DONE 1.0s\n${line}\n`)).toBe(false);
});

test.for([
  [null, 0],
  ['7', 7],
  ['Mon, 21 Sep 2026 14:13:50 GMT', 30],
  ['Mon, 21 Sep 2026 14:13:00 GMT', 0],
  ['soon', 0],
] as const)('Retry-After: %s is %d s', ([told, seconds]) => {
  vi.setSystemTime(1_790_000_000_000);
  expect(readRetryAfter(told)).toBe(seconds);
  vi.useRealTimers();
});
