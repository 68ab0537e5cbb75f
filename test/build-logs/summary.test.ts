import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Event } from '../../src/events/event.ts';
import { StepSummary } from '../../src/build-logs/summary.ts';
import { hostileLines, tellLog, tellRun } from '../support/build-log.ts';
import { expect, test } from '../support/directory.ts';

/** Adds the summary of these events to a file; returns what is told of that. */
async function summarize(
  file: string,
  events: readonly Event[],
  undone: Parameters<StepSummary['close']>[0] = { interrupted: [], untried: [] },
): Promise<readonly Event[]> {
  const told: Event[] = [];
  const summary = new StepSummary(file, (event) => told.push(event));
  for (const event of events) summary.follow(event);
  await summary.close(undone);
  return told;
}

function name(number: number, label = 'many'): string {
  return `/gnu/store/${String(number).padStart(32, '0')}-${label}-${number}.drv`;
}

/** The lines of each block of code, as CommonMark reads them. */
function readBlocks(markdown: string): readonly (readonly string[])[] {
  const blocks: string[][] = [];
  let fence: string | undefined;
  for (const line of markdown.split('\n')) {
    const [, ticks] = /^ {0,3}(`{3,})[ \t]*$/.exec(line) ?? [];
    if (fence === undefined && ticks !== undefined) [fence] = [ticks, blocks.push([])];
    else if (fence !== undefined && ticks !== undefined && ticks.length >= fence.length)
      fence = undefined;
    else if (fence !== undefined) blocks.at(-1)?.push(line);
  }
  expect(fence).toBeUndefined();
  return blocks;
}

test('what failed, what was not tried, phase, time, first error, last lines', async ({
  directory,
}) => {
  const file = join(directory, 'summary');
  writeFileSync(file, 'What stands there');
  const log = tellLog({
    lines: 100,
    shown: 60,
    end: 'cut short',
    phase: { name: 'check', seconds: 12.34, failed: true },
    firstError: { line: 7, text: 'FAIL: `x`' },
  });
  const lines = Array.from({ length: 60 }, (_, index) => `line ${index + 41}`);
  const [, ...events] = tellRun(log, lines);
  const failed = [log.derivation, name(1, 'lost')];
  const names = {
    event: 'builds-failed',
    failed,
    interrupted: [name(2)],
    untried: [name(3)],
  } as const;
  expect(await summarize(file, [names, ...events], names)).toEqual([]);
  expect(readFileSync(file, 'utf8')).toBe(
    [
      'What stands there',
      '### 2 builds failed; 1 other was interrupted by them; 1 other was not tried because of them',
      '#### `hello-2.12`, in phase `check`, which ran for 12.3 s',
      [
        'Its derivation: `/gnu/store/0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv`  ',
        'Its log: `0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv` (cut short, 100 lines)',
      ].join('\n'),
      'First error, line 7: `` FAIL: `x` ``',
      '<details>\n<summary>The last 50 of its 100 lines</summary>',
      ['```', ...lines.slice(-50), '```'].join('\n'),
      '</details>',
      'Also failed: `lost-1`',
      'Interrupted: `many-2`',
      'Not tried: `many-3`\n',
    ].join('\n\n'),
  );
});

test('a log can not get out of its block, and leaves what drives a terminal behind', async ({
  directory,
}) => {
  const file = join(directory, 'summary');
  const text = hostileLines.join(' ');
  const log = tellLog({ firstError: { line: 1, text }, phase: { name: '`<b>`', failed: true } });
  await summarize(file, tellRun(log, [...hostileLines, '\u202egnp.exe', '\tx  ']));
  const markdown = readFileSync(file, 'utf8');
  expect(markdown).not.toMatch(/(?![\t\n])[\p{Cc}\p{Bidi_Control}]/u);
  const [block, ...others] = readBlocks(markdown);
  expect(others).toEqual([]);
  expect(block).toHaveLength(hostileLines.length + 2);
  expect(block?.slice(-5)).toEqual([
    'red',
    '```',
    '````````` </details> <!-- <b>',
    ' gnp.exe',
    '\tx',
  ]);
  expect(markdown).toContain('in phase `` `<b>` ``');
  expect(markdown).toMatch(/^First error, line 1: `{10} [^\n]* `{10}$/m);
});

test('backticks that a control sequence keeps apart are counted as they will stand', async ({
  directory,
}) => {
  const file = join(directory, 'summary');
  const text = '`\u001b[0m``\u001b[0m`';
  await summarize(file, tellRun(tellLog({ firstError: { line: 1, text } }), [text]));
  const markdown = readFileSync(file, 'utf8');
  expect(markdown).toContain('First error, line 1: ````` ```` `````\n');
  expect(readBlocks(markdown)).toEqual([['````']]);
});

test('without a failed build there is nothing to write', async ({ directory }) => {
  const file = join(directory, 'summary');
  const [, ...events] = tellRun(tellLog({ isOlder: true }), ['x']);
  expect(await summarize(file, events)).toEqual([]);
  expect(existsSync(file)).toBe(false);
});

test('however many builds fail, it stays small, and names or counts them all', async ({
  directory,
}) => {
  const file = join(directory, 'summary');
  const derivations = Array.from({ length: 3000 }, (_, index) => name(index));
  const untried = Array.from({ length: 3000 }, (_, index) => name(index, 'untried'));
  const lines = Array.from({ length: 60 }, () => 'ü'.repeat(1 << 12));
  const names = { event: 'builds-failed', failed: derivations, interrupted: [], untried } as const;
  const logs = derivations.flatMap((derivation) => {
    const [, ...events] = tellRun(tellLog({ derivation, package: 'many' }), lines);
    return events;
  });
  await summarize(file, [names, ...logs], names);
  const markdown = readFileSync(file, 'utf8');
  expect(Buffer.byteLength(markdown)).toBeLessThan(1 << 18);
  expect(readBlocks(markdown).length).toBeGreaterThan(1);
  const said = markdown.match(/^#### /gm)?.length ?? 0;
  const [, also = '', more = 0] = /^Also failed: (.*), (\d+) more$/m.exec(markdown) ?? [];
  expect(said + also.split(', ').length + Number(more)).toBe(3000);
  expect(markdown).toMatch(/^Not tried: .*, 2950 more$/m);
});

test.for([
  ['with room for a part', 1500, /^\n\n### 1 build failed\n\nAlso failed: `hello-2\.12`\n$/],
  ['without room', 10, /^$/],
] as const)('a step whose summary is nearly full, %s', async ([, room, added], { directory }) => {
  const file = join(directory, 'summary');
  writeFileSync(file, 'x'.repeat((1 << 20) - room));
  const told = await summarize(
    file,
    tellRun(
      tellLog(),
      Array.from({ length: 50 }, () => 'x'.repeat(99)),
    ),
  );
  expect(readFileSync(file, 'utf8').replace(/^x+/, '')).toMatch(added);
  const reason = 'it would be larger than the 1 MiB that GitHub takes';
  expect(told).toEqual(room === 10 ? [{ event: 'summary-lost', file, reason }] : []);
});

test.for([
  ['is a directory', (file: string) => mkdirSync(file), 'illegal operation on a directory'],
  ['is a FIFO', (file: string) => execFileSync('mkfifo', [file]), 'no such device or address'],
  ['can not be made', (file: string) => writeFileSync(join(file, '..'), ''), 'not a directory'],
] as const)('a file that %s costs the summary', async ([, prepare, reason], { directory }) => {
  const file =
    reason === 'not a directory' ? join(directory, 'file', 'summary') : join(directory, 'summary');
  prepare(file);
  expect(await summarize(file, tellRun(tellLog(), ['x']))).toEqual([
    { event: 'summary-lost', file, reason },
  ]);
});
