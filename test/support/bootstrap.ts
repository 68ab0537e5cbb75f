import { EntryPointError, type Failure } from '../../src/errors/failure.ts';

/** What it fails for; what isn't a failure of ours is a bug and thrown on. */
export function catchFailure(action: () => unknown): Failure | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof EntryPointError) return error.failure;
    throw error;
  }
}
