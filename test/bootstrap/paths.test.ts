import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPlace } from '../../src/bootstrap/build/paths.ts';
import { expect, test } from '../support/directory.ts';

test('a link whose name and target are no text', ({ directory }) => {
  symlinkSync(Buffer.from('caf\xe9', 'latin1'), Buffer.from(`${directory}/l\xe9`, 'latin1'));
  const view = { root: directory, mounts: [] };
  expect(findPlace(view, 'l\udce9/x').real).toBe(join(directory, 'caf\udce9/x'));
});

test('what is not there, or is no link, is where it would be', ({ directory }) => {
  writeFileSync(join(directory, 'file'), '');
  const view = { root: directory, mounts: [] };
  for (const path of ['nothing/x', 'file', 'file/x']) {
    expect(findPlace(view, path).real).toBe(join(directory, path));
  }
});

test('what can not be told is an error', ({ directory }) => {
  const view = { root: directory, mounts: [] };
  expect(() => findPlace(view, 'x'.repeat(300))).toThrow('ENAMETOOLONG');
});
