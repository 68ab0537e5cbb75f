// What users type in the field, in their own words. IMAGE is guix-entry-point, where `guix pull` and `guix
// package -i guile` have the real daemon build a package that needs no network: the tests have none
// (test/fixtures/programs/guix-without-network).
import {
  expect,
  expectEnded,
  expectNoTraces,
  guixBuild,
  helloPath,
  listCommands,
  listTraces,
  runLine,
  test,
} from '../support/containers.ts';
import { detectShell } from '../support/gitlab.ts';
import { openPrompt, openTerminal } from '../support/terminal.ts';

const run = 'docker run --rm --privileged';

test("docker run … IMAGE sh -c 'guix pull', then docker commit", async ({ engine }) => {
  const container = 'docker run --privileged --name=pulled guix-entry-point';
  const pulled = await runLine(engine, `${container} sh -c 'guix pull'`);
  expect(pulled).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
  expect(pulled.stderr).toMatch(/^\+ sh -c 'guix pull'\n/);
  await expectEnded(engine, 'pulled', 0);
  // Beside Guix's own files, and what its Guile compiles, there are none.
  const layer = await runLine(engine, 'docker diff pulled | grep ^A');
  const others = layer.stdout.match(/^A (?!\/gnu\/store|\/var\/(log\/)?guix|\/root\/\.cache).*$/gm);
  expect([layer.status, others]).toEqual([0, null]);
  expect(await runLine(engine, 'docker commit pulled committed')).toMatchObject({ status: 0 });
  await expectNoTraces(engine, 'committed');
  // What was built is there, and the database knows it.
  expect(await runLine(engine, `${run} committed guix pull`)).toEqual({
    status: 0,
    signal: null,
    stdout: pulled.stdout,
    stderr: '+ guix pull\n',
  });
});

test('IMAGE /scripts/build.sh debug', async ({ engine }) => {
  const script = '#!/bin/sh\nguix pull\necho "built: $1"\n';
  const given = 'mkdir scripts; cat >scripts/build.sh; chmod +x scripts/build.sh';
  const container = `${run} --volume=$PWD/scripts:/scripts guix-entry-point`;
  const line = `${given}; ${container} /scripts/build.sh debug`;
  const { status, stdout, stderr } = await runLine(engine, line, script);
  expect([status, stdout]).toEqual([
    0,
    expect.stringMatching(/^\/gnu\/store\/[0-9a-z]{32}-hello-2\.12\nbuilt: debug\n$/),
  ]);
  expect(stderr).toMatch(/^\+ \/scripts\/build\.sh debug\n\+ guix pull\n/);
  expect(stderr).toMatch(/\n\+ echo built: debug\n$/);
});

test('IMAGE cp a b, many times, without privileges', async ({ engine }) => {
  const container = 'docker run --rm --volume=$PWD:/here --workdir=/here guix-entry-point';
  const line = `mkdir files; cd files; cat >a; for n in 1 2 3 4 5; do ${container} cp a b && cmp a b && rm b || exit; done`;
  expect(await runLine(engine, line, 'content\n')).toEqual({
    status: 0,
    signal: null,
    stdout: '',
    stderr: '+ cp a b\n'.repeat(5),
  });
});

test('docker run --rm --privileged -it IMAGE guix download: the last line that is no trace', async ({
  engine,
}) => {
  const download = 'guix download file:///etc/debian_version';
  const plain = await runLine(engine, `${run} guix-entry-point ${download}`);
  const hash = plain.stdout.trimEnd().split('\n').at(-1);
  expect(hash).toMatch(/^[0-9a-z]{52}$/);
  const container = `docker run --rm --privileged -it guix-entry-point ${download}`;
  const terminal = openTerminal(engine, `${container} | grep -v '^\\+' | tail -n1`);
  expect(await terminal.ended).toBe(0);
  expect(terminal.screen()).toBe(`${hash}\n`);
});

const labs = '# syntax=docker/dockerfile:1-labs\nFROM guix-entry-point\n';
const insecureBuild = 'docker buildx build --network none --allow security.insecure';

test("RUN --security=insecure /entry-point.sh sh -c 'guix pull && guix package -i guile'", async ({
  engine,
}) => {
  const line =
    "RUN --security=insecure /entry-point.sh sh -c 'guix pull && guix package -i guile'\n";
  const built = await runLine(engine, `${insecureBuild} --tag=layered -`, `${labs}${line}`);
  expect(built, built.stderr).toMatchObject({ status: 0 });
  expect(built.stderr).toContain(' successfully built /gnu/store/');
  await expectNoTraces(engine, 'layered');
  expect(await runLine(engine, `${run} layered guix pull`)).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(helloPath),
    stderr: '+ guix pull\n',
  });
});

test('RUN --security=insecure: a build that fails, fails it and shows its log', async ({
  engine,
}) => {
  const line = `RUN --security=insecure /entry-point.sh ${guixBuild('broken.scm')}\n`;
  const built = await runLine(engine, `${insecureBuild} -`, `${labs}${line}`);
  expect(built.status).toBe(1);
  expect(built.stderr).toMatch(
    / \+ Its log: \S+ \(2 lines\)\n.*First error.*\n.*\n.* error: libfoo is missing\n/,
  );
  expect(built.stderr).toContain('did not complete successfully: exit code: 1\n');
});

test('docker run --rm --privileged -it IMAGE: a prompt', async ({ engine }) => {
  const terminal = await openPrompt(engine, 'docker run --rm --privileged -it guix-entry-point');
  await terminal.enter('cd /tmp; name=value');
  await terminal.enter('guix pull');
  await terminal.shows(/\n\+ guix pull\n(.*\n)+\/gnu\/store\/[0-9a-z]{32}-hello-2\.12\n/);
  await terminal.enter('echo "$name in $PWD"');
  await terminal.shows("\n+ echo 'value in /tmp'\nvalue in /tmp\n");
  await terminal.enter(guixBuild('broken.scm'));
  await terminal.shows(
    /\n\+ Its log: \/tmp\/\S+ \(2 lines\)\n\+ First error.*\n.*\n.*libfoo is missing\n\(guix\) /,
  );
  await terminal.enter(guixBuild('endless.scm'));
  await terminal.shows('\nbuilding for ever\n');
  terminal.type('\x03');
  await terminal.shows(/\n\+ exit status 130\n/);
  await terminal.enter('sh -c "exit 6"');
  await terminal.shows('\n+ exit status 6\n');
  expect(await terminal.leave()).toBe(6);
});

test('--entrypoint bash -it IMAGE, then /entry-point.sh guix pull again and again', async ({
  engine,
}) => {
  const container = 'docker run --privileged --name=shell --entrypoint bash -it guix-entry-point';
  const terminal = openTerminal(engine, container);
  await terminal.shows(/# $/);
  for (const turn of ['first', 'second', 'third']) {
    terminal.type(`/entry-point.sh guix pull; echo "${turn}: $?"\r`);
    await terminal.shows(
      new RegExp(`\\n/gnu/store/[0-9a-z]{32}-hello-2\\.12\\n${turn}: 0\\n.*# $`),
    );
    expect(await listTraces(engine, 'shell')).toEqual([]);
  }
  terminal.type(`/entry-point.sh ${guixBuild('broken.scm')}; echo "last: $?"\r`);
  await terminal.shows(/libfoo is missing\nlast: 1\n.*# $/);
  expect(await listCommands(engine, 'shell')).toEqual(['bash']);
  terminal.type('exit 6\r');
  expect(await terminal.ended).toBe(6);
  await expectEnded(engine, 'shell', 6);
});

test('docker run -i IMAGE sh < script', async ({ engine }) => {
  const script = 'echo one\nguix download file:///etc/debian_version\nexit 3\n';
  const line = 'cat >script; docker run -i guix-entry-point sh < script';
  const { status, stdout, stderr } = await runLine(engine, line, script);
  expect([status, stdout]).toEqual([
    3,
    expect.stringMatching(/^one\n\/gnu\/store\/[0-9a-z]{32}-debian_version\n[0-9a-z]{52}\n$/),
  ]);
  expect(stderr).toMatch(/^\+ sh\n/);
  const last = await runLine(engine, 'docker ps --latest --quiet');
  await expectEnded(engine, last.stdout.trim(), 3);
});

test('GitLab: the job on standard input reaches the shell that it looks for, byte by byte', async ({
  engine,
}) => {
  const line = `docker run -i --privileged --name=gitlab guix-entry-point sh -c "${detectShell}"`;
  const bytes = `\0\r\n\x7f${'ü'.repeat(100_000)}`;
  const job = `set -eo pipefail\nset +o noclobber\n: | eval $'guix pull\\necho $BASH\\n'\nexec cat\n${bytes}`;
  const outcome = await runLine(engine, line, job);
  expect(outcome.status).toBe(0);
  const [path, shell, ...rest] = outcome.stdout.split('\n');
  expect(`${path}\n`).toMatch(helloPath);
  expect([shell, rest.join('\n')]).toEqual(['/usr/bin/bash', bytes]);
  expect(outcome.stderr).toMatch(/^\+ sh -c \$'if \[ -x \/usr\/local\/bin\/bash \]; then\\n/);
  await expectEnded(engine, 'gitlab', 0);
});

test("GitLab: a job that fails has the step's status and its log", async ({ engine }) => {
  const line = `docker run -i --rm --privileged guix-entry-point sh -c "${detectShell}"`;
  const job = `set -eo pipefail\n${guixBuild('broken.scm')}\necho never\n`;
  const { status, stdout, stderr } = await runLine(engine, line, job);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toMatch(
    /\n\+ Its log: .*\n\+ First error.*\n.*\nconfigure: error: libfoo is missing\n$/,
  );
});

test('GitHub: the entry point is replaced by tail -f /dev/null, and each step calls it', async ({
  engine,
}) => {
  const work = 'mkdir -p work/_temp work/repository home';
  const volumes = '-v $PWD/work:/__w -v $PWD/home:/github/home --workdir /__w/repository';
  const create = `docker create --name=job --privileged -e CI=true -e GITHUB_ACTIONS=true ${volumes} --entrypoint "tail" guix-entry-point "-f" "/dev/null"`;
  expect(await runLine(engine, `${work}; ${create} && docker start job`)).toMatchObject({
    status: 0,
  });
  const execute = 'docker exec -i --workdir /__w/repository -e HOME=/github/home job';
  const step = `cat >work/_temp/step.sh; ${execute} sh -e /__w/_temp/step.sh`;
  const first = await runLine(engine, step, '/entry-point.sh guix pull\n');
  expect(first).toMatchObject({ status: 0, stdout: expect.stringMatching(helloPath) });
  expect(await runLine(engine, step, '/entry-point.sh guix pull\n')).toMatchObject({
    status: 0,
    stdout: first.stdout,
    stderr: '+ guix pull\n',
  });
  const failing = `/entry-point.sh ${guixBuild('broken.scm')}\necho never\n`;
  expect(await runLine(engine, step, failing)).toMatchObject({ status: 1, stdout: '' });
  const logs = await runLine(engine, 'ls work/repository');
  expect(logs.stdout).toMatch(/^[0-9a-z]{32}-broken-1\.0\.drv\n$/);
  expect(await listCommands(engine, 'job')).toEqual(['tail -f /dev/null']);
  expect(await listTraces(engine, 'job')).toEqual([]);
});

test('the daemon already running: a nested call', async ({ engine }) => {
  const container = 'docker run --privileged --name=nested guix-entry-point';
  const script = '/entry-point.sh -v guix pull; /entry-point.sh guix pull; exit 4';
  const { status, stdout, stderr } = await runLine(engine, `${container} sh -c '${script}'`);
  expect(status).toBe(4);
  const [first, second, ...others] = stdout.split('\n');
  expect(`${first}\n`).toMatch(helloPath);
  expect([second, others]).toEqual([first, ['']]);
  expect(stderr).toContain(
    '\n+ guix-daemon: one answers on /var/guix/daemon-socket/socket; it is used and left alone\n+ guix pull\n',
  );
  expect(stderr).toMatch(/\n\+ guix pull\n$/);
  await expectEnded(engine, 'nested', 4);
});
