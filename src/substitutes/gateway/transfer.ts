import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { now } from '../../processes/clock.ts';
import type { Source } from './catalog.ts';
import { renderNetworkError } from './network-error.ts';
import { type Opened, openFastest } from './race.ts';

/** Told of every piece that is handed on, and of the server that sent the last one. */
export type Tally = {
  readonly piece: (source: Source, bytes: number) => void;
  readonly whole: (source: Source) => void;
};

/** Where a nar is. */
export type Places = {
  /** As far as is known; there may be more later. */
  readonly list: () => readonly Source[];
  /** Whether all who were asked have said whether they have it. */
  readonly isComplete: () => boolean;
  /** Waits until they have. */
  readonly waitForMore: () => Promise<void>;
};

/**
 * Sends a nar, from the server that is fastest. Where that one breaks off, stalls or turns out slow, another one that has the same file goes on from there;
 * where none can, the connection is broken so that nobody takes what there is for the whole. Returns
 * false if no server has it at all.
 */
export async function sendNar(
  response: ServerResponse,
  places: Places,
  tally: Tally,
): Promise<boolean> {
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  const first = await openFirst(places, gone.signal);
  if (first === undefined) return false;
  response.writeHead(200, {
    'content-type': 'application/octet-stream',
    ...(first.size !== undefined && { 'content-length': first.size }),
  });
  const { file } = first.source;
  const transfer: Transfer = {
    send: openOutlet(response, gone.signal),
    tally,
    listSame: () => places.list().filter((one) => file !== undefined && one.file === file),
    size: first.size,
    gone: gone.signal,
  };
  if (await sendAll(first, transfer)) response.end();
  else response.destroy();
  return true;
}

/**
 * The fastest; where all have failed, those that are known by then; and at last the most promising once
 * more, with all the time in the world.
 */
async function openFirst(
  { list, isComplete, waitForMore }: Places,
  gone: AbortSignal,
): Promise<Opened | undefined> {
  const known = list();
  const opened = await openFastest(known, 0, { gone, mayBeMore: !isComplete() });
  if (opened !== undefined) return opened;
  await waitForMore();
  const more = list().filter((one) => !known.some(({ upstream }) => upstream === one.upstream));
  return (await openFastest(more, 0, { gone })) ?? openFastest(list().slice(0, 1), 0, { gone });
}

/** Sends all of it, whoever it takes. */
async function sendAll(first: Opened, transfer: Transfer): Promise<boolean> {
  let sent = 0;
  let broken = 0;
  let slow = 0;
  for (let opened: Opened | undefined = first; opened !== undefined;) {
    const end = await pump(opened, { offset: sent, maySwitch: slow < mostSwitches }, transfer);
    if (end.is === 'whole') {
      transfer.tally.whole(opened.source);
      return true;
    }
    if (end.is === 'slow') slow++;
    else broken = end.sent > sent ? 1 : broken + 1;
    sent = end.sent;
    if (transfer.gone.aborted || transfer.size === undefined || broken > mostBreaks) return false;
    opened = await takeOver(opened.source, sent, transfer);
  }
  return false;
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

/** Broken off so often without a byte in between, it is not to be had today. */
const mostBreaks = 3;
/** On a line that all share, nobody is fast for long: then it is no use to go from one to the other. */
const mostSwitches = 2;

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

/** Another server, if there is one; else the same once more, which may have to come to itself first. */
async function takeOver(
  last: Source,
  offset: number,
  { listSame, size, gone }: Transfer,
): Promise<Opened | undefined> {
  for (const pause of [0, 1000, 2000]) {
    await delay(pause);
    const others = listSame().filter(({ upstream }) => upstream !== last.upstream);
    const opened =
      (await openFastest(others, offset, { gone })) ??
      (await openFastest([last], offset, { gone }));
    // The same narinfo, and another file: nothing of it fits behind what has been sent.
    if (opened?.size === size) return opened;
    opened?.close();
    if (gone.aborted) break;
  }
  return undefined;
}

type End = { readonly is: 'whole' | 'broken' | 'slow'; readonly sent: number };

/** Hands on what comes, no faster than it is taken. */
async function pump(
  { source, body, close }: Opened,
  { offset, maySwitch }: { readonly offset: number; readonly maySwitch: boolean },
  { send, tally, listSame, size = Infinity, gone }: Transfer,
): Promise<End> {
  const { health } = source.upstream;
  let sent = offset;
  let waited = 0;
  let askedAt = now();
  try {
    for await (const chunk of body) {
      waited += now() - askedAt;
      // What is more than was announced would be taken for the next answer.
      const piece = chunk.subarray(0, size - sent);
      sent += piece.length;
      tally.piece(source, piece.length);
      await send(piece);
      if (piece.length < chunk.length) health.exclude('it sends more than it announces');
      if (piece.length < chunk.length || gone.aborted) break;
      const rate = (sent - offset) / waited;
      if (maySwitch && waited > 1000 && isSlow(rate, size - sent, { source, listSame })) {
        return { is: 'slow', sent };
      }
      askedAt = now();
    }
    return { is: !gone.aborted && (size === Infinity || sent === size) ? 'whole' : 'broken', sent };
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
  { source, listSame }: { readonly source: Source; readonly listSame: Transfer['listSame'] },
): boolean {
  if (left === Infinity || left / rate < worthATakeover) return false;
  return listSame().some(({ upstream }) => {
    const { throughput, isOut } = upstream.health;
    if (upstream === source.upstream || isOut) return false;
    return throughput === undefined ? rate < dripping : throughput > 3 * rate;
  });
}

const worthATakeover = 2000; // ms
/** Slower than any line: anyone else may be tried. */
const dripping = 10; // bytes in a millisecond
