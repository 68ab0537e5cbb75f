import { neutralize } from '../events/control.ts';
import type { Judged } from './judge.ts';

/** One server as a JSON object; `null` is for what isn't known. */
export function renderJson(judged: Judged): string {
  const { server, answers, latency, throughput, authorized, key, publicKey, problem } = judged;
  return JSON.stringify({
    url: server.url,
    answers,
    latency: latency === undefined ? null : Number(latency.toFixed(3)),
    throughput: throughput === undefined ? null : Math.round(throughput),
    authorized: authorized ?? null,
    key: key ?? null,
    publicKey: publicKey ?? null,
    problem: problem ?? null,
  });
}

/** The servers as aligned lines without blanks inside their columns, except for the last one. */
export function renderTable(
  servers: readonly Judged[],
  { heading }: { readonly heading: boolean },
): string[] {
  const rows = servers.map(toCells);
  if (heading) rows.unshift(headings);
  const widths = headings.map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => pad(cell, column, widths))
      .join('  ')
      .trimEnd(),
  );
}

const headings = ['SERVER', 'ANSWERS', 'LATENCY', 'THROUGHPUT', 'AUTHORIZED', 'KEY', 'NOTE'];
const numbers = new Set([headings.indexOf('LATENCY'), headings.indexOf('THROUGHPUT')]);

function pad(cell: string, column: number, widths: readonly number[]): string {
  const width = widths[column] ?? 0;
  return numbers.has(column) ? cell.padStart(width) : cell.padEnd(width);
}

function toCells(judged: Judged): string[] {
  const { server, answers, latency, throughput, authorized, problem } = judged;
  return [
    server.url,
    sayYesOrNo(answers),
    latency === undefined ? '-' : renderLatency(latency),
    throughput === undefined ? '-' : renderThroughput(throughput),
    authorized === undefined ? '-' : sayYesOrNo(authorized),
    renderKey(judged),
    // It may hold words of the server.
    neutralize(problem ?? '', { colors: false }),
  ];
}

function sayYesOrNo(is: boolean): string {
  return is ? 'yes' : 'no';
}

/** `0.4ms`, `12ms`. */
function renderLatency(milliseconds: number): string {
  return `${milliseconds.toFixed(milliseconds < 10 ? 1 : 0)}ms`;
}

/** `900B/s`, `1.2MiB/s`, `34MiB/s`: units of 1024 bytes, as Guix has them. */
export function renderThroughput(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.min(Math.floor(Math.log2(bytes) / 10), units.length - 1);
  const number = bytes / 1024 ** power;
  return `${number.toFixed(power > 0 && number < 10 ? 1 : 0)}${units[power]}/s`;
}

const units = ['B', 'KiB', 'MiB', 'GiB'];

/** The name that people know it by; of others, the first bytes, which tell them apart. */
function renderKey({ key, publicKey = '' }: Judged): string {
  if (key !== undefined) return key;
  const [, bytes] = /\(q #([0-9A-F]{8})/.exec(publicKey) ?? [];
  // A key of Nix's has its name before it.
  const name = bytes === undefined ? publicKey.split(':')[0] : `${bytes}…`;
  return name || '-';
}
