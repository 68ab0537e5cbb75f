import { expect, test } from 'vitest';
import { checks } from '../../src/doctor/checks/list.ts';
import { renderHelp } from '../../src/options/help.ts';

test("the help has every check, in the doctor's order, with its title", () => {
  const [, listed = ''] = /^CHECK is one of\n((?: {2}\S.*\n)*)/m.exec(renderHelp('doctor')) ?? [];
  const width = Math.max(...checks.map(({ name }) => name.length)) + 2;
  expect(listed).toBe(
    checks.map(({ name, title }) => `  ${name.padEnd(width)}${title}\n`).join(''),
  );
});

test('no name stands for two, and the self-test is the last', () => {
  const names = checks.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.at(-1)).toBe('self-test');
});
