// What Guile would take for something else than it looks like is refused.
import { expect, test } from 'vitest';
import { catchFailure, gnu, planText, trivial } from '../support/bootstrap.ts';

const procedures = '(lambda _ BODY…), (lambda* (#:key inputs outputs #:allow-other-keys) BODY…)';

function adding(procedure: string): string {
  return gnu(`'(#:phases (modify-phases %standard-phases (add-after 'build 'x
${procedure})))`);
}

test.for<[name: string, at: string, text: string]>([
  ['list', '1:9', '(define list "x")'],
  ['url-fetch', '1:9', '(define url-fetch "x")'],
  ['trivial-build-system', '1:9', '(define trivial-build-system "x")'],
  ['list', '1:18', '(define a (let ((list "x")) (list 1)))'],
  ['quasiquote', '1:18', '(define a (let ((quasiquote "x")) `(1 ,2)))'],
  ['unquote', '1:19', '(define a (let* ((unquote "x")) `(1 ,2)))'],
  ['mkdir', '4:8', trivial('(let ((mkdir "x")) (mkdir "y"))')],
  ['%outputs', '4:8', trivial('(let ((%outputs "x")) (mkdir (assoc-ref %outputs "out")))')],
  ['mkdir', '4:9', adding('(lambda mkdir (mkdir "x"))')],
  ['list', '4:43', adding('(lambda* (#:key #:allow-other-keys #:rest list) #t)')],
])('%s at %s can’t be the name of a value', ([name, at, text]) => {
  const [line, column] = at.split(':').map(Number);
  expect(catchFailure(() => planText(text))).toEqual({
    ...{ kind: 'definition-refused', file: 'b.scm', line, column },
    ...{ found: `${name}, which means something else here,`, allowed: 'another name' },
  });
});

test.for<[found: string, at: string, text: string, allowed: string]>([
  ['a second x', '1:26', '(define a (let ((x "1") (x "2")) x))', 'each name once, or let*'],
  ['unquote', '1:15', '(define a `(1 unquote "x"))', 'a list without a dotted pair'],
  [
    'unquote-splicing',
    '1:15',
    '(define a `(1 unquote-splicing b))',
    'a list without a dotted pair',
  ],
  ['quasiquote', '1:18', '(define a `(1 (2 quasiquote x)))', 'a list without a dotted pair'],
  ['a list', '4:9', adding('(lambda (#:key inputs #:allow-other-keys) #t)'), procedures],
  ['a list', '4:10', adding('(lambda* (#:key inputs) #t)'), procedures],
  ['a list', '4:10', adding('(lambda* (#:key #:allow-other-keys inputs) #t)'), procedures],
  ['a list', '4:10', adding('(lambda* (#:key #:allow-other-keys #:rest) #t)'), procedures],
  ['a list', '4:10', adding('(lambda* (#:key #:allow-other-keys #:rest a b) #t)'), procedures],
  [
    ...(['a second inputs', '4:24'] as const),
    adding('(lambda* (#:key inputs inputs #:allow-other-keys) #t)'),
    'each name once',
  ],
  [
    ...(['target', '4:17'] as const),
    adding('(lambda* (#:key target #:allow-other-keys) #t)'),
    'inputs native-inputs outputs source #:allow-other-keys',
  ],
])('%s at %s is refused', ([found, at, text, allowed]) => {
  const [line, column] = at.split(':').map(Number);
  expect(catchFailure(() => planText(text))).toEqual({
    ...{ kind: 'definition-refused', file: 'b.scm', line, column, found, allowed },
  });
});

test('what let* names twice is the second', () => {
  const [build] = planText(trivial('(let* ((x "1") (x (string-append x "2"))) (mkdir x))'));
  expect(build?.phases).toMatchObject([{ steps: [{ action: 'mkdir', words: ['12'] }] }]);
});
