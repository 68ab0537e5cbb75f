import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { findFindings } from '../../src/build-logs/findings.ts';
import { weigh } from '../../src/build-logs/first-error.ts';
import { readLines } from '../../src/build-logs/lines.ts';

const logs = join(import.meta.dirname, '../fixtures/logs');

async function findFirstError(text: string): Promise<unknown> {
  const { firstError } = await findFindings(lines(text), 1);
  return firstError;
}

function lines(text: string): AsyncGenerator<readonly string[]> {
  return readLines(Readable.from([Buffer.from(text)]));
}

/** The logs in test/fixtures/logs, and the line of each that a person should read first. */
const expected = [
  [
    'autotools-gcc',
    15,
    'a.c:12:3: error: implicit declaration of function ‘frobnicate’ [-Wimplicit-function-declaration]',
  ],
  [
    'autotools-configure',
    11,
    'configure: error: Package requirements (libfoo >= 1.2) were not met:',
  ],
  ['autotools-test-suite', 11, 'FAIL: test-parser'],
  ['automake-colors', 8, 'FAIL: test-parser'],
  ['gcc-colors', 9, 'c.c:1:17: error: expected ‘;’ before ‘}’ token'],
  ['missing-header', 7, 'a.c:2:10: fatal error: nosuch.h: No such file or directory'],
  ['linker-undefined', 8, "b.c:(.text+0x18): undefined reference to `foo'"],
  [
    'linker-library',
    7,
    '/gnu/store/abc-binutils-2.41/bin/ld: cannot find -lnosuch: No such file or directory',
  ],
  ['cmake', 11, 'CMake Error at CMakeLists.txt:3 (find_package):'],
  ['ninja', 11, '../source/s.c:1:16: error: ‘g’ undeclared (first use in this function)'],
  [
    'meson-setup',
    11,
    '../source/meson.build:12:0: ERROR: Dependency "foo" not found, tried pkgconfig and cmake',
  ],
  ['meson-test', 8, '3/4 parser           FAIL            0.02s   exit status 1'],
  ['ctest', 10, '2/3 Test #2: segv .............................***Exception: SegFault  0.02 sec'],
  ['cargo-build', 9, 'error[E0308]: mismatched types'],
  ['cargo-colors', 7, 'error[E0308]: mismatched types'],
  ['cargo-test', 14, `thread 'tests::adds' (13852) panicked at src/main.rs:2:64:`],
  ['go-build', 8, './main.go:12:2: undefined: frobnicate'],
  ['go-test', 11, '--- FAIL: TestSum (0.00s)'],
  ['python-import', 10, `ModuleNotFoundError: No module named 'nosuch'`],
  ['python-extension', 9, 'hello/_error.c:1:10: fatal error: zlib.h: No such file or directory'],
  ['pytest', 16, 'E       assert (1 + 1) == 3'],
  ['python-unittest', 11, 'FAIL: test_x (tests.A.test_x)'],
  ['guile-phase', 20, 'In procedure stat: No such file or directory: "nosuch.c"'],
  ['guile-module', 15, 'no code for module (nosuch thing)'],
  ['guile-unbound', 5, 'Unbound variable: foo'],
  [
    'guile-match',
    5,
    'ice-9/eval.scm:619:8: Throw to key `match-error\' with args `("match" "no matching pattern" 1)\'.',
  ],
  ['guile-error', 4, 'ice-9/boot-9.scm:2058:7: In procedure error:'],
  [
    'runpath',
    7,
    "error: in `/gnu/store/abc-hello-1.0/bin/hello': depends on 'libfoo.so.1', which cannot be found in RUNPATH (\"/gnu/store/abc-hello-1.0/lib\")",
  ],
  [
    'perl-module',
    8,
    `Can't locate Nosuch.pm in @INC (you may need to install the Nosuch module) (@INC contains: /gnu/store/abc-perl-5.36.0/lib/perl5/5.36.0) at Makefile.PL line 1.`,
  ],
  ['perl-die', 6, 'Could not find libfoo, install it first at Makefile.PL line 12.'],
  ['perl-prove', 7, `#   Failed test 'same'`],
  ['tap', 10, `not ok 4 - parses 'error: x'`],
  ['ocaml', 10, 'Error: Unbound value Color.of_hexstring'],
  ['haskell', 8, 'src/Data/Text/GADT.hs:215:90: error:'],
  ['haskell-dependencies', 7, 'Setup: Encountered missing or private dependencies:'],
  [
    'java-ant',
    9,
    '[javac] /tmp/guix-build-j.drv-0/src/Hello.java:1: error: incompatible types: String cannot be converted to int',
  ],
  [
    'java-maven',
    10,
    '[ERROR] /tmp/guix-build-j.drv-0/src/main/java/Hello.java:[3,15] cannot find symbol',
  ],
  [
    'ruby',
    7,
    "test/foo_test.rb:3:in `<main>': undefined local variable or method `x' for main:Object (NameError)",
  ],
  ['ruby-rspec', 11, 'Failure/Error: expect(Foo.add(1, 1)).to eq(3)'],
  ['node', 9, `src/index.ts(3,5): error TS2304: Cannot find name 'frobnicate'.`],
  ['node-missing', 10, `Error: Cannot find module 'rollup'`],
  ['r', 8, 'Error in loadNamespace(x) : there is no package called ‘rlang’'],
  ['latex', 8, "! LaTeX Error: File `nosuch.sty' not found."],
  ['missing-tool', 7, 'sh: line 1: bison: command not found'],
  ['missing-tool-make', 7, 'make: asciidoctor: No such file or directory'],
  ['missing-rule', 7, `make[1]: *** No rule to make target 'nothere', needed by 'all'.  Stop.`],
  ['make-keep-going', 7, 'a.c:2:10: error: unknown type name ‘foo’'],
  ['noise-before-the-cause', 11, 'a.c:2:10: error: unknown type name ‘foo’'],
  ['noise-in-an-earlier-phase', 10, 'a.c:2:10: error: unknown type name ‘foo’'],
  ['killed-compiler', 7, 'g++: fatal error: Killed signal terminated program cc1plus'],
  ['killed-by-make', 7, 'make: *** [Makefile:2: tables.h] Killed'],
  ['out-of-memory', 7, 'virtual memory exhausted: Cannot allocate memory'],
  ['disk-full', 7, '{standard input}: Assembler messages: No space left on device'],
  ['segmentation-fault', 7, 'make: line 3:  4606 Segmentation fault      ./build-tables'],
  ['assertion', 6, "hello: main.c:12: main: Assertion `x > 0' failed."],
  ['uncaught-cxx', 7, 'what():  std::bad_alloc'],
  ['patch', 7, 'Hunk #1 FAILED at 1.'],
  ['not-an-archive', 4, 'tar: This does not look like a tar archive'],
  ['not-xz', 4, 'xz: (stdin): File format not recognized'],
  ['permission', 7, `cp: cannot create regular file '/usr/bin/hello': Permission denied`],
  ['emacs', 7, 'hello.el:12:4: Error: Cannot open load file: No such file or directory, dash'],
  ['meaningless', 8, 'make: *** [Makefile:2: all] Error 3'],
  ['only-the-end', 7, `error: in phase 'build': uncaught exception:`],
  ['progress-bar', 1, 'error: the disk is gone'],
] as const;

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
