import { now } from '../../processes/clock.ts';
import type { Source } from './catalog.ts';
import { hedge } from './hedge.ts';
import { renderNetworkError } from './network-error.ts';
import { HttpStatus } from './upstream.ts';

/** A nar that has begun to come in. */
export type Opened = {
  readonly source: Source;
  readonly body: AsyncIterable<Buffer>;
  /** Bytes of the whole nar. */
  readonly size: number | undefined;
  readonly close: () => void;
};

type Attempt = {
  readonly source: Source;
  /** Sets out with the first, and not only when that one has failed or is slow. */
  readonly isRaced: boolean;
  readonly ending: AbortController;
};

type Wish = {
  /** Whoever asked for it has left. */
  readonly gone: AbortSignal;
  /** Others may turn out to have it, too: it isn't worth to wait long for one. */
  readonly mayBeMore?: boolean;
};

/**
 * Opens a nar, from `offset` bytes on, at the server that will have sent it first as far as is known.
 * For a large one, servers of which that isn't known run a race over its first bytes; so the next one
 * needs no race. `undefined` if no server has it.
 */
export async function openFastest(
  sources: readonly Source[],
  offset: number,
  { gone, mayBeMore = false }: Wish,
): Promise<Opened | undefined> {
  const sorted = fastestFirst(sources, offset);
  const racing = chooseRacers(sorted, offset);
  const attempts = [...racing, ...sorted.filter((source) => !racing.includes(source))].map(
    (source) => ({ source, isRaced: racing.includes(source), ending: new AbortController() }),
  );
  const task = {
    offset,
    aheadBy: racing.length > 0 ? raceLength : 1,
    isAlone: sources.length === 1 && !mayBeMore,
  };
  const leave = (): void => attempts.forEach(({ ending }) => ending.abort());
  gone.addEventListener('abort', leave);
  const won = await hedge(attempts, {
    hope: ({ source, isRaced }) => (isRaced ? 0 : source.upstream.health.hope),
    start: (attempt) => open(attempt, task),
  });
  for (const { source, ending } of attempts)
    if (source.upstream !== won?.source.upstream) ending.abort();
  return won;
}

type Task = {
  readonly offset: number;
  /** How many bytes decide the race. */
  readonly aheadBy: number;
  /** Nobody else has it. */
  readonly isAlone: boolean;
};

/** Reads until so many bytes are there: whoever has them first is the fastest. */
async function open(
  { source: { upstream, nar, file }, ending }: Attempt,
  { offset, aheadBy, isAlone }: Task,
): Promise<Opened | undefined> {
  const { health } = upstream;
  const { signal } = ending;
  const chunks: Buffer[] = [];
  let bytes = 0;
  let begunAt = now();
  try {
    const { body, size } = await upstream.openNar(nar.url, offset, { signal, isAlone });
    // A page that says something else instead, or another file.
    if ((size ?? nar.size) !== (nar.size ?? size)) throw new Error('a nar of it has another size');
    begunAt = now();
    const iterator = body[Symbol.asyncIterator]();
    while (bytes < aheadBy) {
      const next = await iterator.next();
      if (next.done === true) break;
      chunks.push(next.value);
      bytes += next.value.length;
    }
    return {
      source: { upstream, nar, file },
      body: join(chunks, iterator),
      size,
      close: () => ending.abort(),
    };
  } catch (error) {
    if (!signal.aborted && !(error instanceof HttpStatus)) {
      health.exclude(renderNetworkError(error));
    }
    return undefined;
  } finally {
    if (bytes > 1) health.sent(bytes, now() - begunAt);
  }
}

async function* join(
  chunks: readonly Buffer[],
  rest: AsyncIterator<Buffer>,
): AsyncGenerator<Buffer> {
  yield* chunks;
  yield* { [Symbol.asyncIterator]: () => rest };
}

/**
 * The best one that is known, and some that aren't, for a large nar more of them: what the losers send
 * for nothing is to be little beside it. Nobody if there is nothing to find out.
 */
function chooseRacers(sorted: readonly Source[], offset: number): readonly Source[] {
  const left = (sorted[0]?.nar.size ?? Infinity) - offset;
  if (left < worthARace) return [];
  const strangers = Math.min(Math.max(Math.floor(left / (16 * raceLength)), 2), 4);
  const willing = sorted.filter(({ upstream }) => !upstream.health.isOut);
  const racers = [
    ...willing.filter(isKnown).slice(0, 1),
    ...willing.filter((source) => !isKnown(source)).slice(0, strangers),
  ];
  return racers.length > 1 ? racers : [];
}

function isKnown({ upstream }: Source): boolean {
  return upstream.health.throughput !== undefined;
}

function fastestFirst(sources: readonly Source[], offset: number): readonly Source[] {
  return sources.toSorted((one, other) => estimate(one, offset) - estimate(other, offset));
}

/** Milliseconds until the whole nar will be there; servers that are out come last. */
function estimate({ upstream: { health }, nar }: Source, offset: number): number {
  const left = Math.max((nar.size ?? usualSize) - offset, 0);
  const time = (health.latency ?? 300) + left / Math.max(health.throughput ?? usualThroughput, 0.1);
  return health.isOut ? time + 1e9 : time;
}

const usualSize = 1e6;
const usualThroughput = 1000; // bytes in a millisecond
const worthARace = 512 * 1024;
const raceLength = 256 * 1024;
