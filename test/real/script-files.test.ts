import { chmodSync, writeFileSync } from 'node:fs';
import type { World } from '../../scripts/world.ts';
import { expect, expectNothingSurvives, run, test } from '../support/real.ts';

function writeScript(world: World, name: string, text: string): void {
  writeFileSync(world.at(`/job/${name}`), text);
  chmodSync(world.at(`/job/${name}`), 0o755);
}

/** First lines, and what a script that begins so does after the first of two commands fails. */
const shebangs = [
  ['#!/bin/sh', 'both'],
  ['#!/bin/sh -', 'both'],
  ['#! /bin/sh -e', 'first'],
  ['#!/bin/bash', 'both'],
  ['#!/bin/bash -e', 'first'],
  ['#!/bin/bash --norc', 'both'],
  ['#!/bin/bash -p', 'both'],
  ['#!/bin/dash', 'both'],
  ['#!/usr/bin/env bash', 'both'],
  ['#!/usr/bin/env -S bash --norc -e', 'first'],
  ['#!/usr/bin/busybox sh', 'both'],
  ['# no interpreter is named: execvp(3) takes sh', 'both'],
] as const;

test.for(shebangs)(
  'a script that begins with %s is traced inside, and means the same',
  async ([line, runs], { world }) => {
    writeScript(world, 'deploy.sh', `${line}\necho "$0" "$1" $#\nfalse\necho done "$?"\n`);
    const words = ['./deploy.sh', 'two words', 'b'];
    const [first, second] = ['./deploy.sh two words 2\n', 'done 1\n'];
    const plain = {
      status: runs === 'both' ? 0 : 1,
      signal: null,
      stdout: runs === 'both' ? first + second : first,
    };
    const told = "+ ./deploy.sh 'two words' b\n";
    const outcome = await run(world, words);
    expect(outcome).toMatchObject(plain);
    expect(outcome.stderr.startsWith(told)).toBe(true);
    const trace = outcome.stderr.slice(told.length).replaceAll("'", '');
    expect(trace).toBe(
      `+ echo ./deploy.sh two words 2\n+ false\n${runs === 'both' ? '+ echo done 1\n' : ''}`,
    );
    expect(await run(world, ['--trace=commands', ...words])).toEqual({ ...plain, stderr: told });
    expect(await run(world, ['--trace=off', ...words])).toEqual({ ...plain, stderr: '' });
    expectNothingSurvives(world);
  },
);

test("zsh's trace has its own prefix, which begins with + as well", async ({ world }) => {
  writeScript(world, 'deploy', '#!/usr/bin/zsh -f\necho "$1"\n');
  const outcome = await run(world, ['/job/deploy', 'it']);
  expect(outcome).toMatchObject({ status: 0, stdout: 'it\n' });
  // Debian's /etc/zsh/zshenv is traced before it.
  expect(outcome.stderr).toMatch(/^(\+.*\n)*\+\/job\/deploy:2> echo it\n$/);
});

test('what a bash script does with its stderr is not disturbed by the trace', async ({ world }) => {
  const script = `#!/bin/bash
say() { echo "$@" >&2; }
caught=$(say hello 2>&1)
{ say logged; } 2>/job/log
echo "[$caught] [$(cat /job/log)] [\${BASH_ENV-unset}]"
bash -c 'echo "\${BASH_ENV-unset} $-"'
exec 10>/job/ten
echo data >&10
cat /job/ten
`;
  writeScript(world, 'capture.sh', script);
  const outcome = await run(world, ['./capture.sh']);
  expect(outcome).toMatchObject({
    status: 0,
    stdout: '[hello] [logged] [unset]\nunset hBc\ndata\n',
  });
  expect(outcome.stderr).toContain('+ say logged\n');
});

test.for([
  ['BASH_ENV', '/job/env'],
  ['BASH_XTRACEFD', '2'],
  ['POSIXLY_CORRECT', '1'],
] as const)(
  'with %s of its own, a bash script is traced by -x',
  async ([name, value], { world }) => {
    writeFileSync(world.at('/job/env'), 'greeting=hello\n');
    writeScript(world, 'deploy.sh', `#!/bin/bash\necho "\${greeting-} $${name}"\n`);
    const outcome = await run(world, ['./deploy.sh'], { env: { [name]: value } });
    const greeting = name === 'BASH_ENV' ? 'hello ' : ' ';
    expect(outcome).toMatchObject({ status: 0, stdout: `${greeting}${value}\n` });
    expect(outcome.stderr).toContain(`+ echo '${greeting}${value}'\n`);
  },
);

test('a script for another interpreter is run as it is', async ({ world }) => {
  writeScript(world, 'hello.pl', '#!/usr/bin/perl -l\nprint "perl $ARGV[0]"\n');
  expect(await run(world, ['./hello.pl', 'x'])).toEqual({
    status: 0,
    signal: null,
    stdout: 'perl x\n',
    stderr: '+ ./hello.pl x\n',
  });
});

test('a command on PATH is traced as a command, whatever it is written in', async ({ world }) => {
  writeScript(world, 'tool', '#!/bin/sh\necho tool\n');
  const env = { PATH: '/usr/bin:/bin:/job' };
  expect(await run(world, ['tool'], { env })).toEqual({
    status: 0,
    signal: null,
    stdout: 'tool\n',
    stderr: '+ tool\n',
  });
});

/** What can't be run: its text and mode, the status, what is said. */
const refused = [
  [
    'a script that is not executable',
    ['#!/bin/sh\necho never\n', 0o644],
    126,
    "Cannot run './it': permission denied.",
    "'ls -ld ./it' shows what it is. A program or script, made executable by 'chmod +x', can be run.",
  ],
  [
    'a script whose interpreter is missing',
    ['#!/opt/bin/guile -s\n!#\n', 0o755],
    127,
    "Cannot run './it': its interpreter /opt/bin/guile is not there.",
    "Install it, or name one that is there in the first line of ./it: '#!/bin/sh', '#!/usr/bin/env bash'.",
  ],
  [
    'a script with the line ends of Windows',
    ['#!/bin/sh\r\necho never\r\n', 0o755],
    127,
    "Cannot run './it': its lines end as on Windows, with a carriage return.",
    `Take them out: 'sed -i "s/\\r$//" ./it'.`,
  ],
  [
    'a program for another machine',
    ['\x7fELF\x02\x01\x01\0'.padEnd(64, '\0'), 0o755],
    126,
    "Cannot run './it': exec format error.",
    "'ls -ld ./it' shows what it is. A program or script, made executable by 'chmod +x', can be run.",
  ],
] as const;

test.for(refused)('%s', async ([, [text, mode], status, headline, hint], { world }) => {
  writeFileSync(world.at('/job/it'), text);
  chmodSync(world.at('/job/it'), mode);
  const outcome = await run(world, ['./it']);
  expect(outcome).toMatchObject({ status, signal: null, stdout: '' });
  expect(outcome.stderr).toContain(`+ guix-entry-point: ${headline}\n+ Hint: ${hint}\n`);
  expectNothingSurvives(world);
});

test('the advice for the line ends of Windows works', async ({ world }) => {
  writeScript(world, 'it', '#!/bin/sh\r\necho mended\r\n');
  const { stderr } = await run(world, ['./it']);
  const [, advice = ''] = /Take them out: '(.*)'\./.exec(stderr) ?? [];
  expect(await run(world, ['sh', '-c', advice])).toMatchObject({ status: 0 });
  expect(await run(world, ['./it'])).toMatchObject({ status: 0, stdout: 'mended\n' });
});
