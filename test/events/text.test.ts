import { expect, test } from 'vitest';
import { plain } from '../../src/events/style.ts';
import { renderEvent } from '../../src/events/text.ts';
import { hostileLines, tellLog } from '../support/build-log.ts';

const log = tellLog({
  lines: 2000,
  shown: 1000,
  phase: { name: 'build', seconds: 12.34, failed: true },
  firstError: { line: 7, text: 'x.c:1:2: \u001b[31merror:\u001b[0m no\u001b[2J' },
});

test('what is told of a build log', () => {
  expect(renderEvent({ event: 'build-log', ...log }, plain)).toEqual([
    "+ Failed build: hello-2.12, in phase 'build', which ran for 12.3 s",
    '+ Its derivation: /gnu/store/0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv',
    '+ Its log: 0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv (2000 lines, of which the last 1000 follow)',
    '+ First error, line 7: x.c:1:2: error: no^[[2J',
  ]);
});

test('what failed is in colour, after the mark, and the first error has none of its own', () => {
  const lines = renderEvent({ event: 'build-log', ...log }, { logColors: true, ownColors: true });
  expect([lines[0], lines[3]]).toEqual([
    "+ \u001b[1;31mFailed build: hello-2.12, in phase 'build', which ran for 12.3 s\u001b[0m",
    '+ \u001b[1;31mFirst error, line 7: x.c:1:2: error: no^[[2J\u001b[0m',
  ]);
});

test.for(['succeeded', 'unknown'] as const)('a build that %s is not in colour', (state) => {
  const event = { event: 'build-log', ...tellLog({ state }) } as const;
  const lines = renderEvent(event, { logColors: true, ownColors: true });
  expect(lines.join('\n')).not.toContain('\u001b');
});

test('the name of a phase is the word of a log', () => {
  const hostile = tellLog({ phase: { name: '\u001b[2J\r', failed: true } });
  expect(renderEvent({ event: 'build-log', ...hostile }, plain)[0]).toMatch(/^[^\p{Cc}]*$/u);
});

test('the colours of a log stay or go, and nothing else that drives a terminal stays', () => {
  const event = { event: 'build-log-line', line: 'a \u001b[31mred\u001b[0m one\u001b[2J' } as const;
  const colored = renderEvent(event, { logColors: true, ownColors: false });
  expect(colored).toEqual(['a \u001b[31mred\u001b[0m one^[[2J']);
  expect(renderEvent(event, plain)).toEqual(['a red one^[[2J']);
  for (const line of hostileLines) {
    expect(renderEvent({ event: 'build-log-line', line }, plain).join('\n')).not.toMatch(
      /(?!\t)\p{Cc}/u,
    );
  }
});
