import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { loadDefinitions } from '../../src/bootstrap/definitions/file.ts';
import { planBuilds } from '../../src/bootstrap/plan.ts';
import { catchFailure, gnu, nowhere, planText, trivial } from '../support/bootstrap.ts';

const fixtures = join(import.meta.dirname, '../fixtures/bootstrap');

function stepsOf(text: string): readonly (readonly string[])[] {
  const phases = planText(text).at(-1)?.phases ?? [];
  return phases.flatMap(({ steps }) => steps.map(({ action, words }) => [action, ...words]));
}

function phasesOf(text: string): readonly string[] {
  return (planText(text).at(-1)?.phases ?? []).map(({ name }) => name);
}

test.for<[file: string, names: readonly string[], builds: readonly string[]]>([
  [
    'bootstrap0.scm',
    ['hello', 'tcc', 'figlet'],
    ['hello-2.10', 'tcc-0.9.27-62c30a4a', 'figlet-2.2.5'],
  ],
  [
    'guile-from-source.scm',
    [
      ...['m4', 'pkgconf', 'gmp', 'libunistring', 'libgc', 'libffi'],
      ...['flex', 'autoconf', 'automake', 'libtool', 'guile-3.0'],
    ],
    [
      ...['m4-1.4.19', 'pkgconf-1.8.1', 'gmp-6.3.0', 'libunistring-1.3', 'libgc-8.2.2'],
      ...['libffi-3.4.4', 'flex-2.6.4', 'autoconf-2.72', 'automake-1.17', 'libtool-2.5.4'],
      'guile-3.0.10',
    ],
  ],
])('the definitions of %s', ([file, names, builds]) => {
  const { packages, stage } = loadDefinitions(join(fixtures, file));
  expect({ stage, names: [...packages.keys()] }).toEqual({ stage: 0, names });
  const planned = planBuilds([...packages.values()], nowhere);
  expect(planned.map(({ name }) => name)).toEqual(builds);
});

test('Guix’s own definition of hello', () => {
  const definition = `(define-public hello
  (package
    (name "hello")
    (version "2.12.2")
    (source (origin
              (method url-fetch)
              (uri (string-append "mirror://gnu/hello/hello-" version
                                  ".tar.gz"))
              (sha256
               (base32
                "1aqq1379syjckf0wdn9vs6wfbapnj9zfikhiykf29k4jq9nrk6js"))))
    (build-system gnu-build-system)
    (synopsis "Example GNU package")
    (description
     "GNU Hello prints the message \\"Hello, world!\\" and then exits.  It
serves as an example of standard GNU coding practices.  As such, it supports
command-line arguments, multiple languages, and so on.")
    (home-page "https://www.gnu.org/software/hello/")
    (license gpl3+)))`;
  const [build] = planText(definition);
  expect(build?.package.source).toMatchObject({
    fileName: 'hello-2.12.2.tar.gz',
    uris: ['mirror://gnu/hello/hello-2.12.2.tar.gz'],
  });
  expect(build?.phases.map(({ name }) => name)).toEqual(standardPhases);
});

test('what a trivial build does', () => {
  const builder = `(begin
    (use-modules (guix build utils))
    (let* ((out (assoc-ref %outputs "out")) (bin (string-append out "/bin")))
      (mkdir-p bin)
      (copy-file (assoc-ref %build-inputs "source") (string-append bin "/a"))
      (chmod (string-append bin "/a") #o755)
      (let ((a "a") (b "b")) (symlink a (string-append bin "/" b)) #t)
      (invoke (string-append bin "/a") "--version")))`;
  const [build] = planText(trivial(builder));
  const out = build?.derivation.output ?? '';
  expect(stepsOf(trivial(builder))).toEqual([
    ['mkdir-p', `${out}/bin`],
    ['copy-file', [...(build?.inputs.values() ?? [])][0]?.derivation.output, `${out}/bin/a`],
    ['chmod', `${out}/bin/a`, '755'],
    ['symlink', 'a', `${out}/bin/b`],
    ['invoke', `${out}/bin/a`, '--version'],
  ]);
});

test.for<[given: string, steps: readonly string[][]]>([
  [`'(#:tests? #f)`, []],
  [`(list #:tests? #f #:configure-flags ''("--a" "--b"))`, [['--a', '--b']]],
  [`(list #:tests? #f #:configure-flags '("--a"))`, [['--a']]],
  [`'(#:configure-flags (list "--a" (string-append "--b=" "c")))`, [['--a', '--b=c']]],
  [
    `(let ((v "1")) \`(#:configure-flags '(,(string-append "--v=" v) ,@(list "--w"))))`,
    [['--v=1', '--w']],
  ],
  [
    `'(#:configure-flags \`("--a" ,(string-append "--b=" "c") ,@(list "--d")))`,
    [['--a', '--b=c', '--d']],
  ],
  [
    `(let ((v "1")) \`(#:configure-flags \`(,(string-append "--v=" ,v) ,@(list ,@(list "--w")))))`,
    [['--v=1', '--w']],
  ],
])('configure flags of %s', ([given, [flags = []]]) => {
  const configure = stepsOf(gnu(given)).find(([, , file]) => file === './configure');
  expect(configure?.slice(8)).toEqual(flags);
});

test('where the linker has libraries looked for, a build can say', () => {
  expect(stepsOf(trivial('(setenv "LD_RUN_PATH" "/lib")'))).toEqual([
    ['setenv', 'LD_RUN_PATH', '/lib'],
  ]);
});

const standardPhases = ['unpack', 'configure', 'build', 'check', 'install'];

test.for<[changes: string, phases: readonly string[]]>([
  ['', standardPhases],
  [`(delete 'check)`, ['unpack', 'configure', 'build', 'install']],
  [
    `(add-before 'build 'x (lambda _ (invoke "x"))) (add-after 'x 'y (lambda args #t))`,
    ['unpack', 'configure', 'x', 'y', 'build', 'check', 'install'],
  ],
])('phases with %s', ([changes, phases]) => {
  expect(phasesOf(gnu(`'(#:phases (modify-phases %standard-phases ${changes}))`))).toEqual(phases);
});

test.for<[procedure: string, steps: readonly (readonly string[])[]]>([
  ['(lambda _ #t)', []],
  [
    '(lambda args (invoke "a") (invoke "b" "c"))',
    [
      ['invoke', 'a'],
      ['invoke', 'b', 'c'],
    ],
  ],
  [
    '(lambda _ (symlink (assoc-ref %build-inputs "source") (assoc-ref %outputs "out")))',
    [['symlink', 'SOURCE', 'OUT']],
  ],
  [
    `(lambda* (#:key inputs outputs source #:allow-other-keys)
       (copy-file source (assoc-ref outputs "out"))
       (copy-file (assoc-ref inputs "source") (assoc-ref outputs "out")))`,
    [
      ['copy-file', 'SOURCE', 'OUT'],
      ['copy-file', 'SOURCE', 'OUT'],
    ],
  ],
  [
    '(lambda* (#:key native-inputs #:allow-other-keys #:rest args) (mkdir (assoc-ref native-inputs "source")))',
    [['mkdir', 'SOURCE']],
  ],
])('install replaced by %s', ([procedure, steps]) => {
  const text = gnu(`'(#:phases (modify-phases %standard-phases (replace 'install ${procedure})))`);
  const [build] = planText(text);
  const places: Readonly<Record<string, string | undefined>> = {
    SOURCE: build?.inputs.get('source')?.derivation.output,
    OUT: build?.derivation.output,
  };
  expect(build?.phases.map(({ name }) => name)).toEqual(standardPhases);
  const done = build?.phases.at(-1)?.steps.map(({ action, words }) => [action, ...words]);
  expect(done).toEqual(steps.map((words) => words.map((word) => places[word] ?? word)));
});

const jobs = `-j${availableParallelism()}`;

test.for<[given: string, build: readonly string[], check: readonly string[] | undefined]>([
  ['', [jobs], ['check', jobs]],
  ['#:parallel-build? #f', [], ['check', jobs]],
  ['#:parallel-build? #t #:parallel-tests? #f', [jobs], ['check']],
  ['#:test-target "test"', [jobs], ['test', jobs]],
  ['#:tests? #f #:test-target "test"', [jobs], undefined],
  ['#:make-flags (list "A=b")', [jobs, 'A=b'], ['check', jobs, 'A=b']],
])('make with %s', ([given, build, check]) => {
  const phases = new Map(
    planText(gnu(`'(${given})`))[0]?.phases.map((one) => [one.name, one.steps]),
  );
  expect(phases.get('build')).toMatchObject([{ words: ['make', ...build] }]);
  expect(phases.get('check')).toMatchObject(
    check === undefined ? [] : [{ words: ['make', ...check] }],
  );
});

test('a package is known wherever it stands', () => {
  const [one, other] = ['b', 'c'].map(
    (name) => `(package (name "${name}") (version "1") (build-system trivial-build-system)
(arguments '(#:builder #t)))`,
  );
  const text = `(define l (list ${one}))(define m (let ((p ${other})) "x"))`;
  expect(planText(text).map(({ name }) => name)).toEqual(['b-1', 'c-1']);
});

test('a file that is not there', () => {
  const failure = catchFailure(() => loadDefinitions('/nowhere/bootstrap0.scm'));
  const [file, reason] = ['/nowhere/bootstrap0.scm', 'no such file or directory'];
  expect(failure).toEqual({ kind: 'input-unreadable', file, reason });
});

test('comments, blanks and texts about a package change nothing of its output', () => {
  const text = readFileSync(join(fixtures, 'bootstrap0.scm'), 'utf8');
  const other = text
    .replaceAll(/ {2,}/g, ' ')
    .replace('Example GNU package', 'Something else')
    .replace('mirror://gnu/hello/', 'http://elsewhere/');
  expect(outputs(other)).toEqual(outputs(text));
  const [hello, tcc, figlet] = outputs(text);
  const changed = outputs(text.replace('--disable-nls', '--disable-rpath'));
  expect(changed[0]).not.toBe(hello);
  expect(changed[1]).toBe(tcc);
  expect(changed[2]).not.toBe(figlet);
});

function outputs(of: string): readonly string[] {
  return planText(of).map(({ derivation }) => derivation.output);
}
