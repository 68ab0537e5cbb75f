// Malformed definitions end in an error with a position, each soon, and never in a bug.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Planned } from '../support/plan-texts.ts';

const runs = Number(process.env['FUZZ_RUNS'] ?? 10_000);
// The same for everybody, so that a change is not told of what was there before it.
const seed = Number(process.env['FUZZ_SEED'] ?? 20_261_127);
/** How long one may take; it takes a millisecond, and here may be others at work. */
const limit = 20_000; // ms

const whole = readFileSync(join(import.meta.dirname, '../fixtures/bootstrap/bootstrap0.scm'));

const words = [
  ...['(', ')', "'", '`', ',', ',@', '#;', '#|', '|#', ';', '"', '\\', '\n', ' ', '.', '[', '{'],
  ...['#~', '#$', '#(', '#\\a', '#t', '#f', '#:key', '#:x', '#o7', '#xz', '1', '-1', '1.5', '1e9'],
  ...['define', 'define-public', 'package', 'origin', 'let', 'let*', 'list', 'quote', 'lambda'],
  ...['quasiquote', 'unquote', 'name', 'version', 'source', 'hello', 'tcc', 'base32', 'begin'],
  ...['string-append', 'assoc-ref', 'mkdir', 'invoke', 'chmod', 'setenv', '%outputs', '"out"'],
  ...['modify-phases', '%standard-phases', 'add-after', 'delete', 'arguments', 'inputs', '""'],
  ...['(define a', '(define-public b', '(package (name "a")', '(let ((a 1))', '(a', '(define a a)'],
  ...['(define c (__proto__))', '(define c (constructor 1))', '(define c __proto__)', '))', ')))'],
  ...['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'λ', '\0', '\u{feff}', '�', '😀'],
];
const word = fc.constantFrom(...words).map((text) => Buffer.from(` ${text}`));
const bytes = fc.uint8Array({ maxLength: 8 }).map((given) => Buffer.from(given));
const place = fc.double({ min: 0, max: 1, noNaN: true }).map((at) => Math.floor(at * whole.length));
const length = fc.integer({ min: 0, max: 60 });

/** A change of the good file: some of it is gone, and something else, or a copy of another part, there. */
const change = fc.record({
  at: place,
  gone: length,
  put: fc.oneof(
    word,
    bytes,
    fc.tuple(place, length).map(([at, count]) => whole.subarray(at, at + count)),
  ),
});

const changed = fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
  let text = whole;
  for (const { at, gone, put } of changes) {
    text = Buffer.concat([text.subarray(0, at), put, text.subarray(at + gone)]);
  }
  return text;
});
const cut = place.map((at) => whole.subarray(0, at));
const soup = fc.array(word, { maxLength: 60 }).map((some) => Buffer.concat(some));
const deep = fc
  .tuple(fc.array(word, { minLength: 1, maxLength: 4 }), fc.integer({ min: 1, max: 5000 }))
  .map(([some, times]) => Buffer.from(Buffer.concat(some).toString().repeat(times)));

test(`${runs} malformed definitions, seed ${seed}`, { timeout: 600_000 }, async () => {
  console.log(`To run these again: FUZZ_SEED=${seed} FUZZ_RUNS=${runs}`);
  const text = fc.oneof({ arbitrary: changed, weight: 6 }, cut, soup, deep);
  const texts = fc.sample(text, { seed, numRuns: runs });
  const results = await planInWorker(texts);
  expect(results.filter(({ bug }) => bug !== undefined)).toEqual([]);
  const failures = results.filter(({ failure }) => failure !== undefined);
  const strange = failures.filter(({ index, failure }) => {
    if (failure?.kind !== 'definition-refused') return true;
    const lines = Buffer.from(texts[index] ?? [])
      .toString()
      .split('\n');
    const line = lines[failure.line - 1];
    return line === undefined || failure.column < 1 || failure.column > line.length + 1;
  });
  expect(strange).toEqual([]);
  // Some changes are harmless: inside of a description, for one.
  expect(failures.length).toBeGreaterThan(runs / 2);
  expect(failures.length).toBeLessThan(runs);
});

/** In a thread of its own, for a loop without end would be ours otherwise. */
async function planInWorker(texts: readonly Uint8Array[]): Promise<readonly Planned[]> {
  const worker = new Worker(new URL('../support/plan-texts.ts', import.meta.url), {
    workerData: texts,
  });
  const results: Planned[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => {
    reject(new Error(`it hangs on ${JSON.stringify(String(texts[results.length]))}`));
  }, limit);
  worker.on('error', reject);
  worker.on('message', (result: Planned) => {
    timer.refresh();
    results.push(result);
    if (results.length === texts.length) resolve();
  });
  try {
    await promise;
    return results;
  } finally {
    clearTimeout(timer);
    await worker.terminate();
  }
}
