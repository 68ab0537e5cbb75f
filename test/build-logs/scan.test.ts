import { expect, test } from 'vitest';
import { LogScan } from '../../src/build-logs/scan.ts';

function scan(text: string, wanted: number, chunkSize = 7): ReturnType<LogScan['end']> {
  const log = new LogScan(wanted);
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; at += chunkSize) {
    log.update(bytes.subarray(at, at + chunkSize));
  }
  return log.end();
}

const many = Array.from({ length: 50_000 }, (_, line) => `line ${line}\n`).join('');

test.for([
  ['', 3, '', 0],
  ['\n', 3, '\n', 1],
  ['a', 3, 'a', 1],
  ['a\nb\nc\n', 3, 'a\nb\nc\n', 3],
  ['a\nb\nc\n', 2, 'b\nc\n', 3],
  ['a\nb\nc', 2, 'b\nc', 3],
  ['a\n\n\n', 2, '\n\n', 3],
  ['a\nb\n', 0, '', 2],
  [many, 2, 'line 49998\nline 49999\n', 50_000],
  [many, 1_000_000_000, many, 50_000],
] as const)('the last lines of %j, %i wanted', ([text, wanted, shown, lines]) => {
  const scanned = scan(text, wanted);
  expect({ shown: text.slice(scanned.tailStart), lines: scanned.lines }).toEqual({ shown, lines });
  expect(scanned).toMatchObject({ bytes: text.length, endStart: 0, endLine: 1 });
});

test('of a long log, the end begins with a line whose number is known', () => {
  const line = `${'x'.repeat(999)}\n`;
  const log = new LogScan(10);
  for (let count = 0; count < 100_000; count++) log.update(Buffer.from(line));
  const { bytes, endStart, endLine } = log.end();
  expect(endStart).toBe((endLine - 1) * 1000);
  expect(bytes - endStart).toBeGreaterThan(5_000_000);
  expect(bytes - endStart).toBeLessThan(11_000_000);
});

test('behind a long line, the end is what follows it', () => {
  const log = new LogScan(10);
  log.update(Buffer.alloc(11_000_000, 'x'));
  log.update(Buffer.from('x\nerror: no\nthe end\n'));
  expect(log.end()).toMatchObject({ lines: 3, endStart: 11_000_002, endLine: 2 });
});

test('of one long line, the end is somewhere in it', () => {
  const log = new LogScan(10);
  for (let count = 0; count < 100; count++) log.update(Buffer.alloc(1_000_000, 'x'));
  const { bytes, endStart, lines, tailStart } = log.end();
  expect({ bytes, lines, tailStart }).toEqual({ bytes: 100_000_000, lines: 1, tailStart: 0 });
  expect(bytes - endStart).toBeLessThan(11_000_000);
});
