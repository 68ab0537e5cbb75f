import { errorCode } from '../errors/system.ts';

/**
 * Waits for both ends of a stream, of which each ends the other when it fails, and throws what one failed
 * of. The first must be a pipeline: what that says when it was only ended is known.
 */
export async function waitForEnds(...ends: readonly [Promise<void>, Promise<void>]): Promise<void> {
  const failed = (await Promise.allSettled(ends)).filter(({ status }) => status === 'rejected');
  const causes = failed.map((end): unknown => end.status === 'rejected' && end.reason);
  if (causes.length > 0) throw causes.find((cause) => !echoes.has(errorCode(cause))) ?? causes[0];
}

/** What is said by one who was only ended. */
const echoes: ReadonlySet<unknown> = new Set(['ERR_STREAM_PREMATURE_CLOSE', 'ABORT_ERR']);
