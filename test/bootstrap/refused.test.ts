import { expect, test } from 'vitest';
import { catchFailure, gnu, planText, trivial } from '../support/bootstrap.ts';

const topLevel =
  '(define-public NAME EXPRESSION), (define NAME EXPRESSION), (define-module …), (use-modules …)';
const base32 = 'a SHA-256 in base32: 52 digits, as guix hash prints them';
const everywhere = '(quote …), (list …), (string-append …), (let …), (let* …), (quasiquote …)';
const expressions = `${everywhere}, (base32 …), (origin …), (package …)`;
const flagExpressions = `${everywhere}, (assoc-ref …)`;
const buildExpressions = `${flagExpressions}, (begin …), (use-modules …), (mkdir …), (mkdir-p …), \
(copy-file …), (copy-recursively …), (install-file …), (delete-file …), (symlink …), (chmod …), \
(chdir …), (setenv …), (invoke …)`;
const unused = `(package (name "a") (version "1") (build-system trivial-build-system)
(arguments '(#:builder (system "x"))))`.replace('\n', ' ');

type Refused = readonly [text: string, at: string, found: string, allowed: string];
const refused: readonly Refused[] = [
  ['x', '1:1', 'x', topLevel],
  ['(display "x")', '1:1', '(display …)', topLevel],
  ['(define-public (f x) x)', '1:16', '(f …)', 'a name: (define-public NAME EXPRESSION)'],
  [
    '(define-public a 1 2)',
    '1:1',
    "3 expressions behind 'define-public'",
    '(define-public NAME EXPRESSION)',
  ],
  ['(define a 1)\n(define a 2)', '2:9', 'a second definition of a', 'each name once'],
  ['(define a b)', '1:11', 'the name b', 'a name that is defined: a'],
  [
    '(define a (list b))\n(define b (list a))',
    '2:17',
    'a, which is needed for itself,',
    'what is defined without it',
  ],
  ['(define a (lambda (x) x))', '1:11', '(lambda …)', expressions],
  ['(define a (toString))', '1:11', '(toString …)', expressions],
  ['(define a (string-append "x" 1))', '1:30', '1', 'a text'],
  ['(define a (let ((x)) x))', '1:17', '(x …)', '(let ((NAME VALUE)…) BODY…)'],
  ['(define a `(1 `(,(g) ,(3 ,(f)))))', '1:27', '(f …)', expressions],
  ["(define a `(1 ,@'x))", '1:18', 'x', 'a list'],
  ['(define a (base32 "0ssi"))', '1:19', '"0ssi"', base32],
  [`(define a (base32 "${'z'.repeat(52)}"))`, '1:19', `"${'z'.repeat(52)}"`, base32],
  [
    '(define a (package (name "a")))',
    '1:11',
    'a package without name, version or build-system',
    '(package (name TEXT) (version TEXT) (source …) (build-system …) …)',
  ],
  [
    '(define a (package (nme "a")))',
    '1:20',
    '(nme …)',
    '(name …), (version …), (source …), (build-system …), (inputs …), (native-inputs …), (arguments …), (home-page …), (synopsis …), (description …), (license …)',
  ],
  ['(define a (package (name "a") (name "b")))', '1:31', 'a second (name …)', 'each field once'],
  ['(define a (package (name "a/b")))', '1:26', '"a/b"', 'a text of letters, digits and +-._?='],
  [
    `(define a (package (name "${'a'.repeat(106)}") (version "${'1'.repeat(105)}")
(build-system trivial-build-system)))`,
    ...['1:11', 'a name and a version of 212 characters'],
    'at most 211',
  ] as const,
  [
    '(define a (package (build-system cmake-build-system)))',
    '1:34',
    'cmake-build-system',
    'gnu-build-system or trivial-build-system',
  ],
  [
    `(define a (package (name "a") (version "1") (build-system trivial-build-system)
(inputs (list "x"))))`,
    '2:15',
    '"x"',
    'a package, or ("LABEL" ,PACKAGE-OR-ORIGIN) in a quasiquote',
  ],
  [
    `(define a (package (name "a") (version "1") (build-system trivial-build-system)
(inputs \`(("../b" ,(origin (method url-fetch) (uri "http://x/b") (sha256 (base32 "${'0'.repeat(52)}"))))))))`,
    ...['2:12', '"../b"'],
    "a file's name: the source goes by it",
  ] as const,
  [
    `${trivial('#t')}(define b (package (name "b") (version "1") (build-system trivial-build-system)
(inputs \`(("x" ,a) ("x" ,c)))))(define c ${unused})`,
    ...['4:17', 'two inputs "x"', 'each label once'],
  ] as const,
  [
    '(define a (package (license (f))))',
    '1:29',
    '(f …)',
    'the name of a license, a list of them, or #f',
  ],
  ['(define a (origin (method git-fetch)))', '1:27', 'git-fetch', 'url-fetch'],
  [
    '(define a (origin (method url-fetch) (uri "x")))',
    '1:11',
    'an origin without all that tells it',
    '(origin (method url-fetch) (uri TEXT) (sha256 (base32 TEXT)))',
  ],
  [
    '(use-modules (gnu packages base))',
    '1:14',
    'the module (gnu packages base)',
    '(guix …), (gnu packages), (ice-9 …), (srfi …): packages are those of this file and of the stages before it',
  ],
  [
    '(use-modules "x")',
    '1:14',
    '"x"',
    '(MODULE…), or ((MODULE…) #:prefix NAME), or ((MODULE…) #:select (NAME…))',
  ],
  [
    '(define-module (a) #:use-modul (guix))',
    '1:20',
    '#:use-modul',
    '#:use-module MODULE, #:export (NAME…)',
  ],
  [trivial('(begin (system "x"))'), '4:8', '(system …)', buildExpressions],
  [trivial('(mkdir)'), '4:1', "0 expressions behind 'mkdir'", '(mkdir DIRECTORY)'],
  [trivial('(mkdir 5)'), '4:8', '5', 'a text'],
  [trivial('(chmod "x" "755")'), '4:12', '"755"', 'a mode from #o000 to #o777'],
  [trivial('(mkdir (assoc-ref %build-inputs "hello"))'), '4:33', '"hello"', '"source"'],
  [trivial('(mkdir (assoc-ref %inputs "source"))'), '4:19', '%inputs', '%build-inputs, %outputs'],
  [trivial('(mkdir out)'), '4:8', 'the name out', 'no name: none is defined'],
  [
    trivial('(setenv "LD_PRELOAD" "x")'),
    '4:9',
    '"LD_PRELOAD"',
    'the name of a variable that no loader looks at; env(1) sets these',
  ],
  [trivial('(invoke)'), '4:1', '(invoke …)', '(invoke PROGRAM ARGUMENT…)'],
  [trivial('(invoke "a\\0b")'), '4:9', '"a\\x00b"', 'a text without \\0'],
  [trivial('(begin)'), '4:1', '(begin …)', '(begin EXPRESSION…)'],
  [
    gnu(`'(#:test? #f)`),
    '3:3',
    '#:test? of gnu-build-system',
    '#:configure-flags #:make-flags #:tests? #:test-target #:parallel-build? #:parallel-tests? #:phases #:modules #:output-hash',
  ],
  [gnu(`'(#:tests? 1)`), '3:12', '1', '#t or #f'],
  [gnu(`'(#:tests?)`), '3:3', '#:tests?', '#:tests? and a value'],
  [gnu(`'(tests? #f)`), '3:3', 'tests?', 'a keyword, as in #:tests? #f'],
  [gnu(`'(#:output-hash "x")`), '3:17', '"x"', base32],
  [gnu(`'(#:configure-flags (if #t 1 2))`), '3:21', '(if …)', flagExpressions],
  [gnu(`'(#:configure-flags (mkdir "x"))`), '3:21', '(mkdir …)', flagExpressions],
  [
    gnu(`'(#:make-flags (list (assoc-ref inputs "source")))`),
    '3:33',
    'inputs',
    '%build-inputs, %outputs',
  ],
  [
    gnu(`'(#:phases (modify-phases %standard-phases (delete 'chek)))`),
    '3:52',
    'the phase chek',
    "one of these: 'unpack 'configure 'build 'check 'install",
  ],
  [
    gnu(`'(#:phases (modify-phases %standard-phases (drop 'check)))`),
    '3:44',
    '(drop …)',
    '(delete …), (replace …), (add-before …), (add-after …)',
  ],
  [
    gnu(`'(#:phases (list))`),
    '3:12',
    '(list …)',
    '%standard-phases, (modify-phases %standard-phases CHANGE…)',
  ],
  // All code is looked at, whether it is used or not.
  [gnu(`'(#:tests? #f #:parallel-tests? 7)`), '3:33', '7', '#t or #f'],
  [`(define l (list ${unused}))`, '1:110', '(system …)', buildExpressions],
  [`(define l (let ((p ${unused})) "x"))`, '1:113', '(system …)', buildExpressions],
];

test.for(refused.map(([text, at, found, allowed]) => [found, at, text, allowed] as const))(
  'refuses %s at %s',
  ([found, at, text, allowed]) => {
    const [line, column] = at.split(':').map(Number);
    expect(catchFailure(() => planText(text))).toEqual({
      kind: 'definition-refused',
      ...{ file: 'b.scm', line, column, found },
      allowed,
    });
  },
);
