import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findExitStatus } from '../../src/build-logs/last-words.ts';
import { expect, test } from '../support/directory.ts';

/** What `gnu-build` of Guix 1.5 says at the end. */
const ofMake = `make: *** [Makefile:3: all] Error 2
error: in phase 'build': uncaught exception:
%exception #<&invoke-error program: "make" arguments: ("-j4") exit-status: 2 term-signal: #f stop-signal: #f> \n\
phase \`build' failed after 0.1 seconds
command "make" "-j4" failed with status 2
`;

const guile = '/gnu/store/0123456789abcdfghijklmnpqrsvwxyz-guile-3.0.9/bin/guile';

function writeDerivation(directory: string, builder: string): string {
  const file = join(directory, 'x.drv');
  const [output, source] = ['("out","/gnu/store/o","","")', '"/gnu/store/s"'];
  const inputs = '("/gnu/store/i.drv",["out"])';
  writeFileSync(
    file,
    `Derive([${output}],[${inputs}],[${source}],"x86_64-linux","${builder}",["-c","\\"],\\"a\\""],[])`,
  );
  return file;
}

test.for([
  ['a command that failed', ofMake, 1],
  ['a command that was killed', ofMake.replace('status 2\n', 'signal 9\n'), 1],
  ['a last line that is not whole', ofMake.trimEnd(), null],
  ['words behind them', `${ofMake}make: waiting for others\n`, null],
  ['words between them', ofMake.replace('\ncommand', '\nmake: waiting\ncommand'), null],
  ['a phase that succeeded', ofMake.replace("build' failed", "build' succeeded"), null],
  ['another exception', ofMake.replace(/command .*\n$/, ''), null],
  ['nothing at all', '', null],
] as const)('%s', ([, lastWords, status], { directory }) => {
  expect(findExitStatus(writeDerivation(directory, guile), lastWords)).toBe(status);
});

test('another builder may say the same and exit as it likes', ({ directory }) => {
  const derivation = writeDerivation(directory, '/gnu/store/x-bash-5.2/bin/sh');
  expect(findExitStatus(derivation, ofMake)).toBe(null);
});

test('nothing is known of a derivation that is gone', ({ directory }) => {
  expect(findExitStatus(join(directory, 'gone.drv'), ofMake)).toBe(null);
});
