import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { findFindings } from '../../src/build-logs/findings.ts';
import { weigh } from '../../src/build-logs/first-error.ts';
import { readLines } from '../../src/build-logs/lines.ts';
import { firstErrors as expected } from '../support/first-errors.ts';

const logs = join(import.meta.dirname, '../fixtures/logs');

async function findFirstError(text: string): Promise<unknown> {
  const { firstError } = await findFindings(lines(text), 1);
  return firstError;
}

function lines(text: string): AsyncGenerator<readonly string[]> {
  return readLines(Readable.from([Buffer.from(text)]));
}

test.for(expected)('%s', async ([name, line, text]) => {
  const log = readFileSync(join(logs, `${name}.log`), 'utf8');
  expect(await findFirstError(log)).toEqual({ line, text });
});

test('there is a line for each log', () => {
  const names = [...expected.map(([name]) => `${name}.log`), 'no-error.log'];
  expect(names.toSorted()).toEqual(
    readdirSync(logs)
      .filter((name) => name.endsWith('.log'))
      .toSorted(),
  );
});

const harmless = readFileSync(join(logs, 'no-error.log'), 'utf8');

test('a build that only talks about errors', async () => {
  expect(await findFirstError(harmless)).toBeUndefined();
});

test.for(harmless.split('\n'))('no error: %s', async (line) => {
  expect(await findFirstError(line)).toBeUndefined();
});

test.for([
  ['Bus error', true],
  ['Killed', true],
  ['Killed the process', false],
  ['Error: 10', true],
  ['Errors: 0', false],
  ['foo: error: 0 bytes read', true],
  ['make: *** Waiting for unfinished jobs....', false],
  ['make: *** [Makefile:3: x] Error 2', true],
  ['Makefile:12: *** missing separator.  Stop.', true],
  ['1/2 Test #1: x ...***Not Run (Disabled)', false],
  ['zstd: error 70', false],
  ['gzip: stdin: unexpected end of file', true],
  ['Exception in thread "main" java.lang.NullPointerException', true],
  ['java.io.IOException: closed', true],
  ['ld.lld: error: undefined symbol: foo', true],
  ['panic: no more', true],
  ['FAILED (failures=1)', true],
  ["./configure: line 12: syntax error near unexpected token `FOO,'", true],
  ['cc1plus: out of memory allocating 65536 bytes after a total of 1 bytes', true],
] as const)('%s: %s', async ([line, isError]) => {
  expect((await findFirstError(line)) !== undefined).toBe(isError);
});

test('the text has no control sequences, no blanks around it, and at most 500 characters', async () => {
  const line = `  a.c:1: \u001B[31merror: \u001B[m\u001B[K${'😀'.repeat(600)}\u001B]0;title\u0007  \n`;
  expect(await findFirstError(line)).toEqual({
    line: 1,
    text: `a.c:1: error: ${'😀'.repeat(500 - 'a.c:1: error: '.length)}`,
  });
});

test('what a link is written with is not its text', async () => {
  const link = '\u001B]8;;https://errors.haskell.org/GHC-1\u001B\\GHC-1\u001B]8;;\u001B\\';
  expect(await findFirstError(`Setup.hs:2:1: error: [${link}]`)).toEqual({
    line: 1,
    text: 'Setup.hs:2:1: error: [GHC-1]',
  });
});

test.for([
  'checking for strerror... yes',
  'checking whether error_at_line is declared... no',
  'gcc -Wall -Werror -Wno-error=deprecated -c error.c -o error.o',
  '  CC       libgpg_error_la-strerror.lo',
  '/gnu/store/x-libgpg-error-1.47/include',
  '0 errors, 3 warnings',
  'Tests run: 12, Failures: 0, Errors: 0, Skipped: 1',
  'hello.c:12:3: warning: unused variable ‘error’ [-Wunused-variable]',
  'hello.c:12:3: note: each undeclared identifier is reported only once: error: x',
  'configure: WARNING: error handling is limited',
  'XFAIL: tests/known-failure',
  'PASS: test-error',
  '# FAIL:  0',
  '# ERROR: 0',
  'ok 12 - reports an error: as it should',
  'not ok 3 - a known gap # TODO later',
  'test errors::tests::display ... ok',
  'no error',
  'Error: 0',
  'building errors.scm...',
  'copying src/exception.py -> build/lib',
  'install -c -m 644 error.h /gnu/store/x/include',
])('harmless: %s', (line) => {
  expect(weigh(line)).toBeUndefined();
});

test('what an earlier phase said was not fatal', async () => {
  const text = `starting phase \`configure'
conftest.c:1:1: error: no
phase \`configure' succeeded after 1.0 seconds
starting phase \`build'
hello.c:1:1: error: yes
make: *** [Makefile:3: hello.o] Error 1
`;
  const { firstError } = await findFindings(lines(text), 1);
  expect(firstError).toEqual({ line: 5, text: 'hello.c:1:1: error: yes' });
});

test('a line as long as a log costs no more than others', async () => {
  const text = `${'a.'.repeat(2_000_000)}Error:\n${'('.repeat(4_000_000)}error: x\n`;
  const { firstError } = await findFindings(lines(text), 1);
  expect(firstError).toBeUndefined();
});
