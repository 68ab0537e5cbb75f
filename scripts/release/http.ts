import { createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { path } from 'zx';
import { hashFile } from '../hash.ts';
import { Refusal } from './refusal.ts';
import { Flaky, retry } from './retry.ts';

/** Sends a request; what is wrong with the network or the server is flaky, any other answer is one. */
export async function send(url: string, options: RequestInit = {}): Promise<Response> {
  const response = await flakily(url, () => fetch(url, options));
  const { status, headers } = response;
  const isLimited = status === 403 && headers.get('x-ratelimit-remaining') === '0';
  if (status < 500 && status !== 429 && status !== 408 && !isLimited) return response;
  await response.body?.cancel();
  throw new Flaky(
    `${url} answers with status ${status}`,
    readRetryAfter(headers.get('retry-after')),
  );
}

/** How long a server wants to be left alone, in seconds: it tells that, or when the time is over. */
export function readRetryAfter(told: string | null): number {
  if (told === null) return 0;
  const seconds = /^\d+$/.test(told) ? Number(told) : (Date.parse(told) - Date.now()) / 1000;
  return Number.isNaN(seconds) ? 0 : Math.max(seconds, 0);
}

/** Downloads a text; there is none where the server says so. */
export function downloadText(url: string): Promise<string | undefined> {
  return retry('download', async () => {
    const response = await send(url);
    if (response.status === 404) return undefined;
    refuse(url, response);
    return flakily(url, () => response.text());
  });
}

/** Downloads a file, which has to have this SHA-256: in a release that is there, it never changes. */
export async function downloadFile(url: string, to: string, sha256: string): Promise<void> {
  await retry('download', async () => {
    const response = await send(url);
    refuse(url, response);
    const { body } = response;
    if (body === null) throw new Flaky(`${url} answers without a body`);
    await flakily(url, () => pipeline(body, createWriteStream(to)));
  });
  const found = await hashFile(to);
  if (found === sha256) return;
  throw new Refusal(
    `${url} is not the file that build.json names: its SHA-256 is ${found}, and should be ${sha256}. Nothing of it (${path.basename(to)}) is used`,
  );
}

/** Refuses what is neither a success nor flaky. */
export function refuse(url: string, response: Response): void {
  if (!response.ok) throw new Refusal(`${url} answers with status ${response.status}`);
}

/** Failures of the connection, whose reason is behind two errors. */
export async function flakily<Result>(url: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    const cause = error instanceof Error ? (error.cause ?? error) : error;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Flaky(`${url} can't be reached (${reason})`);
  }
}
