// The image of each platform, built from the Dockerfile. Where this machine doesn't run its programs by
// itself, QEMU's user emulation does, and builds are not isolated.
import { inject } from 'vitest';
import { isEmulated } from '../../scripts/emulation.ts';
import type { Engine } from '../../scripts/engine.ts';
import { findPlatforms } from '../../scripts/release/platforms.ts';
import {
  expect,
  expectEnded,
  guixBuild,
  hello,
  helloPath,
  listTraces,
  runLine,
  test,
} from '../support/containers.ts';
import { startIn } from '../support/real.ts';

const { platform } = inject('images');
const emulated = isEmulated(platform);
const run = 'docker run --privileged';

test('the image is of its platform, and so are Guix and the program', async ({ engine }) => {
  const format = '{{.Os}}/{{.Architecture}}{{with .Variant}}/{{.}}{{end}} {{.Config.Entrypoint}}';
  const inspected = await engine.docker(['inspect', `--format=${format}`, 'guix-entry-point']);
  expect(inspected.stdout).toBe(`${platform} [/entry-point.sh]\n`);
  const system = await runLine(
    engine,
    `${run} --rm -i guix-entry-point guix repl -q /dev/stdin`,
    '(use-modules (guix utils)) (display (%current-system))',
  );
  expect(system, system.stderr).toMatchObject({
    status: 0,
    stdout: findPlatforms([platform])[0]?.system,
  });
  const doctor = await runLine(
    engine,
    `${run} --rm guix-entry-point guix-entry-point doctor emulation`,
  );
  expect(doctor.stdout).toMatch(emulated ? /^! emulation +\S+ is emulated on this / : /^✓ /);
});

test('the program, and its Node where it is one of packages, are less than 135 MB', async ({
  engine,
}) => {
  // In units of 1024 bytes.
  const script = `apt-get --simulate --auto-remove remove nodejs 2>/dev/null |
    sed --quiet 's/^Remv \\([^ ]*\\) .*/\\1/p' |
    xargs --no-run-if-empty dpkg-query --show --showformat='\${Installed-Size}\\n'
    du --summarize --block-size=1024 /usr/local`;
  const options = '--rm -i --entrypoint=sh';
  const { stdout } = await runLine(engine, `${run} ${options} guix-entry-point`, script);
  const sizes = [...stdout.matchAll(/^\d+/gm)].map(Number);
  const bytes = sizes.reduce((sum, size) => sum + size, 0) * 1024;
  expect(bytes).toBeGreaterThan(100e6);
  expect(bytes).toBeLessThan(135e6);
});

test(`a build that succeeds, ${emulated ? 'not ' : ''}isolated`, async ({ engine }) => {
  const outcome = await runLine(engine, `${run} --name=succeeds guix-entry-point ${hello}`);
  expect(outcome, outcome.stderr).toMatchObject({
    status: 0,
    stdout: expect.stringMatching(helloPath),
  });
  expect(outcome.stderr.includes("+ Builds are not isolated: QEMU's user emulation of ")).toBe(
    emulated,
  );
  await expectEnded(engine, 'succeeds', 0);
});

test('a build that fails shows its log at the end, and leaves it', async ({ engine }) => {
  const options = '--name=fails --workdir=/job';
  const outcome = await runLine(
    engine,
    `${run} ${options} guix-entry-point ${guixBuild('broken.scm')}`,
  );
  const text = 'checking for libfoo... no\nconfigure: error: libfoo is missing\n';
  expect(outcome, outcome.stderr).toMatchObject({ status: 1, stdout: '' });
  const told = /^\+ Its log: (\S+) \(2 lines\)\n\+ First error.*: error: libfoo is missing\n/m;
  const [end = '', log] = told.exec(outcome.stderr) ?? [];
  expect(outcome.stderr.split(end)[1]).toBe(text);
  const left = await runLine(
    engine,
    'docker cp fails:/job - | tar --extract --verbose --to-stdout',
  );
  expect(left).toMatchObject({ status: 0, stdout: text, stderr: `job/\njob/${log}\n` });
  await expectEnded(engine, 'fails', 1);
});

test('the cache is on a tmpfs, to where and from where it is brought', async ({ engine }) => {
  const time = '2001-02-03 04:05:06.123456789 +0000';
  const inside = `stat -c %y /var/tmp/cache/x/f; touch -d '${time}' /var/tmp/cache/x/g; ${hello}`;
  const script = `mkdir -p /root/.cache/x
touch -d '${time}' /root/.cache/x/f
/entry-point.sh sh -c "${inside}"
stat -c %y /root/.cache/x/g`;
  const options = '--tmpfs=/var/tmp/cache --env=XDG_CACHE_HOME=/var/tmp/cache --entrypoint=sh';
  const outcome = await runLine(
    engine,
    `${run} -i --name=cache ${options} guix-entry-point`,
    script,
  );
  expect(outcome, outcome.stderr).toMatchObject({ status: 0 });
  const lines = outcome.stdout.split('\n');
  expect(lines).toEqual([time, expect.stringMatching(/-hello-2\.12$/), time, '']);
  await expectEnded(engine, 'cache', 0);
});

test('nested calls, and the status of the command', async ({ engine }) => {
  const script = `/entry-point.sh true\n/entry-point.sh ${hello}\nexit 3\n`;
  const outcome = await runLine(engine, `${run} -i --name=nested guix-entry-point sh`, script);
  expect(outcome, outcome.stderr).toMatchObject({
    status: 3,
    stdout: expect.stringMatching(helloPath),
  });
  await expectEnded(engine, 'nested', 3);
});

// An emulator hides whose client a session of the daemon serves.
const times = emulated ? 2 : 1;

test(`a nested build that fails is told ${times} times`, async ({ engine }) => {
  const build = `/entry-point.sh ${guixBuild('broken.scm')}`;
  const { status, stderr } = await runLine(engine, `${run} --rm guix-entry-point ${build}`);
  expect(status, stderr).toBe(1);
  expect(stderr.match(/^\+ Failed build: broken-1\.0/gm)).toHaveLength(times);
});

// Where it takes minutes, the one that is asked for most.
const inits = emulated ? [''] : ['', '--init '];

test.for(inits)(
  'docker stop %sends a build in order, and docker start runs it again',
  async (init, { engine }) => {
    const name = `endless${init.trim()}`;
    const build = guixBuild('endless.scm');
    const options = `${init}--privileged --name=${name}`.split(' ');
    const words = ['docker', 'run', ...options, 'guix-entry-point', ...build.split(' ')];
    const running = startIn(engine, words);
    await running.says('building for ever\n');
    // What must be gone afterwards is there.
    expect(await listTraces(engine, name)).toEqual(
      expect.arrayContaining(['/var/guix/daemon-socket/socket', '/var/guix/db/db.sqlite-wal']),
    );
    // After a minute the engine would have sent SIGKILL: 137.
    const order = `docker stop --time=60 ${name}`;
    expect(await runLine(engine, order)).toMatchObject({ status: 0 });
    expect(await running.ended).toEqual({ status: 143, signal: null });
    expect(running.stderr()).toContain('+ SIGTERM: passed on to the command\n');
    await expectEnded(engine, name, 143);

    const again = startIn(engine, ['docker', 'start', '--attach', name]);
    await again.says('building for ever\n');
    await runLine(engine, order);
    await again.ended;
    await expectEnded(engine, name, 143);
  },
);

/** Twenty processes whose parent has ended before them, or without waiting for them. */
const makeOrphans = 'for n in $(seq 20); do (/bin/true &); done';

/** The processes of that name in a container, zombies among them, by their state. */
async function listStates(engine: Engine, container: string, name: string): Promise<string[]> {
  // Some of the processes that the shell finds are gone when they are read.
  const read = 'cat /proc/[0-9]*/stat 2>/dev/null; true';
  const { status, stdout } = await engine.docker(['exec', container, 'sh', '-c', read]);
  expect(status).toBe(0);
  const processes = [...stdout.matchAll(/^\d+ \((.*)\) (\w) /gm)];
  return processes.flatMap(([, found, state = '']) => (found === name ? [state] : []));
}

test('as process 1, it reaps the orphans of the command', async ({ engine }) => {
  const words = ['docker', 'run', '-i', '--name=orphans', 'guix-entry-point', 'sh', '-c'];
  const running = startIn(engine, [...words, `${makeOrphans}; echo ready >&2; read -r line`]);
  await running.says('\nready\n');
  await expect.poll(() => listStates(engine, 'orphans', 'true')).toEqual([]);
  // Those of `docker exec` come to it as well.
  await runLine(engine, `docker exec orphans sh -c '${makeOrphans}'`);
  await expect.poll(() => listStates(engine, 'orphans', 'true')).toEqual([]);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  await expectEnded(engine, 'orphans', 0);
});

test('a process 1 that reaps nothing keeps them as zombies', async ({ engine }) => {
  const container =
    'docker run --detach --name=zombies --entrypoint tail guix-entry-point -f /dev/null';
  expect(await runLine(engine, container)).toMatchObject({ status: 0 });
  await runLine(engine, `docker exec zombies sh -c '${makeOrphans}'`);
  const zombies = Array.from({ length: 20 }, () => 'Z');
  await expect.poll(() => listStates(engine, 'zombies', 'true')).toEqual(zombies);
  await runLine(engine, 'docker rm --force zombies');
});

test("the user's variables don't touch our Node, and reach the command", async ({ engine }) => {
  // Some unset, some empty, and a name and a value that are no UTF-8.
  const script = String.raw`given() { env -i PATH=/usr/bin HOME=/root \
  NODE_OPTIONS=--bad NODE_UNIQUE_ID=3 NODE_CHANNEL_FD= OPENSSL_CONF=/no NODE_DEBUG=module \
  NODE_COMPILE_CACHE=/job/cache CURL_CA_BUNDLE= GIT_SSL_CAINFO= SSL_CERT_DIR= SSL_CERT_FILE= \
  "$(printf 'A.\377=x \377\ny')" "$@"; }
given env -0 | sort -z >/tmp/wanted
given /usr/local/bin/guix-entry-point env -0 | sort -z | cmp - /tmp/wanted
grep --text --count NODE_OPTIONS=--bad /tmp/wanted
ls /job`;
  const options = '--rm -i --workdir=/job --entrypoint=sh';
  const outcome = await runLine(engine, `${run} ${options} guix-entry-point`, script);
  expect(outcome).toMatchObject({ status: 0, stdout: '1\n', stderr: '+ env -0\n' });
});
