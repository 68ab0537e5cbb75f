import { expect, test } from 'vitest';
import { openFolding } from '../../src/events/folding.ts';
import { gitlab } from '../../src/events/gitlab.ts';
import { plain } from '../../src/events/style.ts';
import { hostileLines, tellLog, tellRun } from '../support/build-log.ts';
import { takeMarkers } from '../support/gitlab.ts';

function write(...runs: readonly ReturnType<typeof tellRun>[]): string {
  const render = openFolding(gitlab, plain);
  return runs.flatMap((events) => events.flatMap((event) => render(event))).join('\n');
}

test('a log is a collapsed section, after what is told of it', () => {
  const text = write(tellRun(tellLog(), ['one', 'two', 'three']));
  const [start, end] = takeMarkers(text);
  expect(start).toEqual({ kind: 'start', name: end?.name, options: '[collapsed=true]' });
  expect(text.replaceAll(/:\d+:/g, ':TIME:').replaceAll(end?.name ?? '', 'NAME')).toBe(
    [
      '+ Failed build: hello-2.12',
      '+ Its derivation: /gnu/store/0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv',
      '+ Its log: 0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv (3 lines)',
      '\u001b[0Ksection_start:TIME:NAME[collapsed=true]\r\u001b[0K+ hello-2.12: 0123456789abcdfghijklmnpqrsvwxyz-hello-2.12.drv, 3 lines',
      'one',
      'two',
      'three',
      '\u001b[0Ksection_end:TIME:NAME\r\u001b[0K',
    ].join('\n'),
  );
});

test('a log can neither end a section nor make one, and each has a name of its own', () => {
  expect(takeMarkers(hostileLines.join('\n'))).toHaveLength(2);
  const log = tellLog({ firstError: { line: 1, text: hostileLines.join('') } });
  const markers = takeMarkers(write(tellRun(log, hostileLines), tellRun(log, hostileLines)));
  expect(markers.map(({ kind }) => kind)).toEqual(['start', 'end', 'start', 'end']);
  expect(new Set(markers.map(({ name }) => name)).size).toBe(2);
});

test('a log of which no line is shown has no section', () => {
  expect(takeMarkers(write(tellRun(tellLog({ shown: 0 }), [])))).toEqual([]);
});
