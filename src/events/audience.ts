import type { Style } from './style.ts';

/** Who reads what we tell. */
export type Audience = Style & {
  /** The CI system that shows it. */
  readonly ci: 'github' | 'gitlab' | 'none';
};

/** Finds out from the environment, and from whether stderr is a terminal. */
export function findAudience(
  environment: Readonly<Record<string, string>>,
  isTerminal: boolean,
): Audience {
  const ci = findCi(environment);
  // As https://no-color.org has it: a variable that is empty is as good as none.
  const wantsColors = !environment['NO_COLOR'];
  const isDumb = environment['TERM'] === 'dumb';
  return {
    ci,
    logColors: wantsColors && !(isTerminal && isDumb),
    // The pages of CI systems show colours, although nothing there is a terminal.
    ownColors: wantsColors && !isDumb && (isTerminal || ci !== 'none'),
  };
}

/** What their runners set for each job; Forgejo's and Gitea's, which understand the same, do as GitHub's. */
function findCi(environment: Readonly<Record<string, string>>): Audience['ci'] {
  if (environment['GITHUB_ACTIONS'] === 'true') return 'github';
  if (environment['GITLAB_CI'] === 'true') return 'gitlab';
  return 'none';
}
