import { expect, test } from 'vitest';
import { findShell, parseShebang } from '../../src/command/shebang.ts';

test.for([
  ['#!/bin/sh\necho', { interpreter: '/bin/sh', argument: undefined }],
  ['#! \t/bin/sh  -e -u \necho', { interpreter: '/bin/sh', argument: '-e -u' }],
  ['#!/bin/sh', { interpreter: '/bin/sh', argument: undefined }],
  ['#!/bin/sh\r\n', { interpreter: '/bin/sh\r', argument: undefined }],
  ['#!/bin/sh -e\r\n', { interpreter: '/bin/sh', argument: '-e\r' }],
  ['#!\n', undefined],
  ['# !/bin/sh\n', undefined],
  ['', undefined],
  ['\x7fELF', undefined],
] as const)('%j', ([start, shebang]) => {
  expect(parseShebang(Buffer.from(start))).toEqual(shebang);
});

test.for([
  ['/bin/sh', undefined, { shell: 'sh', words: ['/bin/sh'], options: [], optionsAt: 1 }],
  ['/bin/dash', '-', { shell: 'dash', words: ['/bin/dash', '-'], options: ['-'], optionsAt: 1 }],
  ['/bin/bash', '-e', { shell: 'bash', words: ['/bin/bash', '-e'], options: ['-e'], optionsAt: 1 }],
  [
    '/bin/bash',
    '--posix',
    { shell: 'bash', words: ['/bin/bash', '--posix'], options: ['--posix'], optionsAt: 2 },
  ],
  [
    '/usr/bin/env',
    'bash',
    { shell: 'bash', words: ['/usr/bin/env', 'bash'], options: [], optionsAt: 2 },
  ],
  [
    '/usr/bin/env',
    '-S bash --norc -e',
    {
      shell: 'bash',
      words: ['/usr/bin/env', 'bash', '--norc', '-e'],
      options: ['--norc', '-e'],
      optionsAt: 3,
    },
  ],
  ['/bin/busybox', 'sh', { shell: 'sh', words: ['/bin/busybox', 'sh'], options: [], optionsAt: 2 }],
  ['/usr/bin/env', 'python3', undefined],
  ['/usr/bin/env', undefined, undefined],
  ['/usr/bin/env', "-S bash -c 'quoted'", undefined],
  ['/usr/bin/env', '-S HOME=/x bash', undefined],
  ['/usr/bin/guile', '-s', undefined],
] as const)('the shell of %s %s', ([interpreter, argument, call]) => {
  expect(findShell({ interpreter, argument })).toEqual(call);
});
