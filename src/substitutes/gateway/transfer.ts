import type { ServerResponse } from 'node:http';
import { now } from '../../processes/clock.ts';
import type { Source } from './catalog.ts';
import { renderNetworkError } from './network-error.ts';
import { type Opened, openFastest } from './race.ts';

/** Told of every piece that is handed on, and of the server that sent the last one. */
export type Tally = {
  readonly piece: (source: Source, bytes: number) => void;
  readonly whole: (source: Source) => void;
};

/**
 * Sends a nar, from the server that is fastest; `listSources` may know more of them later. Where that
 * one breaks off, stalls or turns out slow, another one that has the same file goes on from there;
 * where none can, the connection is broken so that nobody takes what there is for the whole. Returns
 * false if no server has it at all.
 */
export async function sendNar(
  response: ServerResponse,
  listSources: () => readonly Source[],
  tally: Tally,
): Promise<boolean> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const first = await openFastest(listSources(), 0, gone.signal);
  if (first === undefined) return false;
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    ...(first.size !== undefined && { 'content-length': first.size }),
  });
  const transfer: Transfer = {
    send: openOutlet(response, gone.signal),
    tally,
    listSame: () => listSources().filter(({ file }) => file === first.source.file),
    size: first.size,
    gone: gone.signal,
  };
  let sent = 0;
  let takeovers = 0;
  for (let opened: Opened | undefined = first; opened !== undefined;) {
    const end = await pump(opened, sent, transfer);
    sent = end.sent;
    if (end.is === 'whole') {
      tally.whole(opened.source);
      response.end();
      return true;
    }
    if (gone.signal.aborted || takeovers++ === mostTakeovers) break;
    opened = await takeOver(opened.source, sent, transfer);
  }
  response.destroy();
  return true;
}

type Transfer = {
  /** Hands a piece on, and waits until there is room for the next. */
  readonly send: (piece: Buffer) => Promise<void> | undefined;
  readonly tally: Tally;
  /** The sources of this very file. */
  readonly listSame: () => readonly Source[];
  readonly size: number | undefined;
  /** Whoever asked for it has left. */
  readonly gone: AbortSignal;
};

/** One listener for all pieces: to wait by a new one for each costs a fifth of the speed. */
function openOutlet(response: ServerResponse, gone: AbortSignal): Transfer['send'] {
  let goOn: (() => void) | undefined;
  response.on('drain', () => goOn?.());
  gone.addEventListener('abort', () => goOn?.());
  return (piece) =>
    response.write(piece) || gone.aborted
      ? undefined
      : new Promise((resolve) => {
          goOn = resolve;
        });
}

/** A file that has been broken off so often is not to be had today. */
const mostTakeovers = 20;

/** Another server, if there is one; else the same once more. */
async function takeOver(
  last: Source,
  offset: number,
  { listSame, size, gone }: Transfer,
): Promise<Opened | undefined> {
  const others = listSame().filter(({ upstream }) => upstream !== last.upstream);
  const opened =
    (await openFastest(others, offset, gone)) ?? (await openFastest([last], offset, gone));
  // The same narinfo, and another file: nothing of it fits behind what has been sent.
  if (opened?.size === size) return opened;
  opened?.close();
  return undefined;
}

type End = { readonly is: 'whole' | 'broken' | 'slow'; readonly sent: number };

/** Hands on what comes, no faster than it is taken. */
async function pump(
  { source, body, close }: Opened,
  offset: number,
  { send, tally, listSame, size, gone }: Transfer,
): Promise<End> {
  const { health } = source.upstream;
  let sent = offset;
  let waited = 0;
  let askedAt = now();
  try {
    for await (const chunk of body) {
      waited += now() - askedAt;
      sent += chunk.length;
      tally.piece(source, chunk.length);
      await send(chunk);
      if (gone.aborted) break;
      const rate = (sent - offset) / waited;
      if (waited > 1000 && isSlow(rate, (size ?? sent) - sent, { source, same: listSame() })) {
        return { is: 'slow', sent };
      }
      askedAt = now();
    }
    return { is: size === undefined || sent === size ? 'whole' : 'broken', sent };
  } catch (error) {
    if (!gone.aborted) health.stumbled(renderNetworkError(error));
    return { is: 'broken', sent };
  } finally {
    close();
    if (sent - offset >= leastSample) health.sent(sent - offset, waited);
  }
}

/** What fits into one window of TCP says nothing of a server's speed. */
const leastSample = 64 * 1024;

/** Whether another server would have sent the rest long before this one, at this rate in bytes/ms. */
function isSlow(
  rate: number,
  left: number,
  { source, same }: { readonly source: Source; readonly same: readonly Source[] },
): boolean {
  if (left / rate < worthATakeover) return false;
  return same.some(({ upstream }) => {
    const { throughput, isOut } = upstream.health;
    if (upstream === source.upstream || isOut) return false;
    return throughput === undefined ? rate < dripping : throughput > 3 * rate;
  });
}

const worthATakeover = 2000; // ms
/** Slower than any line: anyone else may be tried. */
const dripping = 10; // bytes in a millisecond
