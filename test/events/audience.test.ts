import { expect, test } from 'vitest';
import { findAudience } from '../../src/events/audience.ts';

test.for([
  [{}, false, 'none', 'log'],
  [{}, true, 'none', 'log, own'],
  [{ TERM: 'xterm' }, true, 'none', 'log, own'],
  [{ TERM: 'dumb' }, true, 'none', ''],
  [{ TERM: 'dumb' }, false, 'none', 'log'],
  [{ NO_COLOR: '1' }, true, 'none', ''],
  [{ NO_COLOR: '0' }, false, 'none', ''],
  [{ NO_COLOR: '' }, true, 'none', 'log, own'],
  [{ CI: 'true' }, false, 'none', 'log'],
  [{ CI: 'true', GITHUB_ACTIONS: 'true' }, false, 'github', 'log, own'],
  [{ CI: 'true', GITLAB_CI: 'true' }, false, 'gitlab', 'log, own'],
  [{ GITHUB_ACTIONS: 'true', TERM: 'dumb' }, false, 'github', 'log'],
  [{ GITHUB_ACTIONS: 'true', NO_COLOR: '1' }, false, 'github', ''],
  [{ GITHUB_ACTIONS: 'false', GITLAB_CI: '' }, false, 'none', 'log'],
] as const)('%j, a terminal: %j', ([environment, isTerminal, ci, colors]) => {
  expect(findAudience(environment, isTerminal)).toEqual({
    ci,
    logColors: colors.includes('log'),
    ownColors: colors.includes('own'),
  });
});
