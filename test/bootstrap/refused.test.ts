import { expect, test } from 'vitest';
import { catchFailure, gnu, planText, source, trivial } from '../support/bootstrap.ts';

const refused: readonly (readonly [text: string, at: string, found: string])[] = [
  ['x', '1:1', 'x'],
  ['(display "x")', '1:1', '(display …)'],
  ['(define-public (f x) x)', '1:16', '(f …)'],
  ['(define-public a 1 2)', '1:1', "3 expressions behind 'define-public'"],
  ['(define a 1)\n(define a 2)', '2:9', 'a second definition of a'],
  ['(define a b)', '1:11', 'the name b'],
  ['(define a (list b))\n(define b (list a))', '2:17', 'a, which is needed for itself,'],
  ['(define a (lambda (x) x))', '1:11', '(lambda …)'],
  ['(define a (toString))', '1:11', '(toString …)'],
  ['(define a (string-append "x" 1))', '1:30', '1'],
  ['(define a (let ((x)) x))', '1:17', '(x …)'],
  ['(define a `(1 `(,(g) ,(3 ,(f)))))', '1:27', '(f …)'],
  ["(define a `(1 ,@'x))", '1:18', 'x'],
  ['(define a (base32 "0ssi"))', '1:19', '"0ssi"'],
  [`(define a (base32 "${'z'.repeat(52)}"))`, '1:19', `"${'z'.repeat(52)}"`],
  ['(define a (package (name "a")))', '1:11', 'a package without name, version or build-system'],
  ['(define a (package (nme "a")))', '1:20', '(nme …)'],
  ['(define a (package (name "a") (name "b")))', '1:31', 'a second (name …)'],
  ['(define a (package (name "a/b")))', '1:26', '"a/b"'],
  [
    `(define a (package (name "${'a'.repeat(106)}") (version "${'1'.repeat(105)}")
(build-system trivial-build-system)))`,
    ...['1:11', 'a name and a version of 212 characters'],
  ] as const,
  ['(define a (package (build-system cmake-build-system)))', '1:34', 'cmake-build-system'],
  [
    `(define a (package (name "a") (version "1") (build-system trivial-build-system)
(inputs (list "x"))))`,
    '2:15',
    '"x"',
  ],
  [
    `(define a (package (name "a") (version "1") (build-system trivial-build-system)
(inputs \`(("../b" ,(origin (method url-fetch) (uri "http://x/b") (sha256 (base32 "${'0'.repeat(52)}"))))))))`,
    ...['2:12', '"../b"'],
  ] as const,
  ['(define a (package (license (f))))', '1:29', '(f …)'],
  ['(define a (origin (method git-fetch)))', '1:27', 'git-fetch'],
  [
    '(define a (origin (method url-fetch) (uri "x")))',
    '1:11',
    'an origin without all that tells it',
  ],
  ['(use-modules (gnu packages base))', '1:14', 'the module (gnu packages base)'],
  ['(use-modules "x")', '1:14', '"x"'],
  ['(define-module (a) #:use-modul (guix))', '1:20', '#:use-modul'],
  [trivial('(begin (system "x"))'), '4:8', '(system …)'],
  [trivial('(mkdir)'), '4:1', "0 expressions behind 'mkdir'"],
  [trivial('(mkdir 5)'), '4:8', '5'],
  [trivial('(chmod "x" "755")'), '4:12', '"755"'],
  [trivial('(mkdir (assoc-ref %build-inputs "hello"))'), '4:33', '"hello"'],
  [trivial('(mkdir (assoc-ref %inputs "source"))'), '4:19', '%inputs'],
  [trivial('(mkdir out)'), '4:8', 'the name out'],
  [trivial('(setenv "LD_PRELOAD" "x")'), '4:9', '"LD_PRELOAD"'],
  [trivial('(invoke)'), '4:1', '(invoke …)'],
  [trivial('(invoke "a\\0b")'), '4:9', '"a\\x00b"'],
  [trivial('(begin)'), '4:1', '(begin …)'],
  [gnu(`'(#:test? #f)`), '3:3', '#:test? of gnu-build-system'],
  [gnu(`'(#:tests? 1)`), '3:12', '1'],
  [gnu(`'(#:tests?)`), '3:3', '#:tests?'],
  [gnu(`'(tests? #f)`), '3:3', 'tests?'],
  [gnu(`'(#:output-hash "x")`), '3:17', '"x"'],
  [gnu(`'(#:configure-flags (if #t 1 2))`), '3:21', '(if …)'],
  [gnu(`'(#:configure-flags (mkdir "x"))`), '3:21', '(mkdir …)'],
  [gnu(`'(#:make-flags (list (assoc-ref inputs "source")))`), '3:33', 'inputs'],
  [gnu(`'(#:phases (modify-phases %standard-phases (delete 'chek)))`), '3:52', '(quote …)'],
  [gnu(`'(#:phases (modify-phases %standard-phases (drop 'check)))`), '3:44', '(drop …)'],
  [gnu(`'(#:phases (list))`), '3:12', '(list …)'],
];

test.for(refused.map(([text, at, found]) => [found, at, text] as const))(
  'refuses %s at %s',
  ([found, at, text]) => {
    const [line, column] = at.split(':').map(Number);
    expect(catchFailure(() => planText(text))).toEqual({
      kind: 'definition-refused',
      ...{ file: 'b.scm', line, column, found },
      allowed: expect.stringMatching(/./),
    });
  },
);

test('what would grow without end is refused', () => {
  const texts = `(define a0 "x")${doubled('(string-append X X)')}`;
  expect(catchFailure(() => planText(texts))).toMatchObject({
    found: 'a text of 2097152 characters',
  });
  const lists = `(define a0 (list 1))${doubled('`(,@X ,@X)')}`;
  expect(catchFailure(() => planText(lists))).toMatchObject({ found: 'a list of 32768 items' });
  const nested = `(define a0 (list "x"))${doubled('(list X X)')}${gnu('(list #:configure-flags a60)')}`;
  expect(catchFailure(() => planText(nested))).toMatchObject({
    found: expect.stringMatching(/^a list of more than 1048576 characters/),
  });
});

const many = Array.from({ length: 20_000 }, (_, n) => n);

test.for<[what: string, text: string, found: string]>([
  [
    'names that need those further down',
    many.map((n) => `(define a${n} (list a${n + 1}))`).join('\n'),
    'what 500 expressions wait for',
  ],
  [
    'lists in lists in lists',
    `(define a0 "x")${many.map((n) => `(define a${n + 1} (list a${n}))`).join('\n')}
${gnu('(list #:configure-flags a20000)')}`,
    'a list of more than 1048576 characters, or inside 200 others,',
  ],
  [
    'packages that need each other',
    many
      .slice(0, 5000)
      .map(
        (n) => `(define b${n + 1} (package (name "b") (version "1") (source s)
(build-system gnu-build-system) (inputs (list ${n === 0 ? '' : `b${n}`}))))`,
      )
      .toReversed()
      .concat(`(define s ${source})`)
      .join('\n'),
    'what 500 expressions wait for',
  ],
])('refuses a row that is too long: %s', ([, text, found]) => {
  expect(catchFailure(() => planText(text))).toMatchObject({ kind: 'definition-refused', found });
});

test('a row of packages, from the first to the last', () => {
  const row = many.slice(0, 5000).map(
    (n) => `(define b${n + 1} (package (name "b") (version "1")
(source s) (build-system gnu-build-system) (inputs (list ${n === 0 ? '' : `b${n}`}))))`,
  );
  expect(planText(`(define s ${source})${row.join('\n')}`)).toHaveLength(5000);
});

test('many names at once', () => {
  const names = many.map((n) => `(x${n} "y")`).join(' ');
  const text = `(define a (let* (${names} (z x0)) (string-append z ${many.map((n) => `x${n}`).join(' ')})))`;
  expect(planText(text)).toEqual([]);
});

/** What is defined by what was defined before, twice, sixty times. */
function doubled(what: string): string {
  const names = Array.from({ length: 60 }, (_, n) => n);
  return names.map((n) => `(define a${n + 1} ${what.replaceAll('X', `a${n}`)})`).join('\n');
}
