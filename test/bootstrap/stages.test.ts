// Definition files that go on with each other.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { listPackages, loadDefinitions } from '../../src/bootstrap/definitions/file.ts';
import { planBuilds } from '../../src/bootstrap/plan.ts';
import { catchFailure, nowhere, trivial } from '../support/bootstrap.ts';
import { expect, test } from '../support/directory.ts';

test('a stage knows the one before it', ({ directory }) => {
  const before = trivial('(mkdir (assoc-ref %outputs "out"))');
  const after = `(use-modules (bootstrap0))
(define-public b (package (name "b") (version "1") (build-system trivial-build-system)
  (inputs (list a)) (arguments '(#:builder (symlink (assoc-ref %build-inputs "a") (assoc-ref %outputs "out"))))))`;
  writeFileSync(join(directory, 'bootstrap0.scm'), before);
  writeFileSync(join(directory, 'bootstrap1.scm'), after);
  const definitions = loadDefinitions(join(directory, 'bootstrap1.scm'));
  expect([...definitions.packages.keys()]).toEqual(['b']);
  const planned = planBuilds(listPackages(definitions), nowhere).map(
    ({ derivation }) => derivation.output,
  );
  expect(planned).toEqual([
    expect.stringMatching(/^\/store0\/[0-9a-z]{32}-a-1$/),
    expect.stringMatching(/^\/store1\/[0-9a-z]{32}-b-1$/),
  ]);
});

test('a stage can define anew what the one before it has', ({ directory }) => {
  const [before, after] = ['(mkdir "old")', '(mkdir "new")'].map((builder) => trivial(builder));
  writeFileSync(join(directory, 'bootstrap0.scm'), before ?? '');
  writeFileSync(join(directory, 'bootstrap1.scm'), after ?? '');
  const definitions = loadDefinitions(join(directory, 'bootstrap1.scm'));
  const builds = planBuilds([...definitions.packages.values()], nowhere);
  expect(builds.map(({ store }) => store.logical)).toEqual(['/store1']);
});

test.for(['1000', '20261127', '9007199254740993', '100000000000000000000'])(
  'bootstrap%s.scm is the stage of that number',
  (number, { directory }) => {
    const file = join(directory, `bootstrap${number}.scm`);
    writeFileSync(file, '');
    const before = join(directory, `bootstrap${BigInt(number) - 1n}.scm`);
    const missing = { kind: 'stage-missing', file: before, neededBy: file };
    expect(catchFailure(() => loadDefinitions(file))).toEqual(missing);
  },
);
