import { userInfo } from 'node:os';

/** The home directory; `/` for a user without one, as container engines make them of bare numbers. */
export function findHome(environment: NodeJS.ProcessEnv): string {
  if (environment['HOME']) return environment['HOME'];
  try {
    return userInfo().homedir;
  } catch {
    return '/';
  }
}
