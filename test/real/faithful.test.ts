import { readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import type { Outcome } from '../../scripts/machine.ts';
import {
  expect,
  expectNothingSurvives,
  findDaemon,
  list,
  run,
  runIn,
  startIn,
  test,
} from '../support/real.ts';

// Whoever puts the executable in front of a command must not notice that it is there. So a line is run
// with it and without it, and both must print the same.

/** What we add to an environment that names no certificates. */
const certificates = [
  'SSL_CERT_DIR=/etc/ssl/certs',
  'SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt',
  'GIT_SSL_CAINFO=/etc/ssl/certs/ca-certificates.crt',
  'CURL_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt',
  '',
].join('\n');

/** A pipe of which both ends are inherited, as GNU make hands its jobserver down. */
const pair = '$^F = 99; pipe(R, W); exec @ARGV';

const lines = [
  ['arguments that are no UTF-8', `printf '<%s>' $'caf\\xe9' $'\\xff\\xfe' é ''`],
  ['a variable that is no UTF-8', `env VALUE=$'\\xe9' sh -c 'printf %s "$VALUE" | od -An -c'`],
  ['the environment', 'env'],
  ['the working directory', 'pwd -P'],
  ['the file mode mask', `bash -c umask`],
  ['the signals that are ignored and blocked', `grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status`],
  ['limits', `bash -c 'ulimit -a'`],
  ['a soft limit on open files', `bash -c 'ulimit -Sn; ulimit -Hn'`],
  ['its name', `bash -c 'echo "$0 $1"' name argument`],
  ['a descriptor on /dev/null', `bash -c 'echo nothing >&8; echo $?' 8>/dev/null`],
  ['both ends of a pipe', `perl -e '${pair}' ls /proc/self/fd`],
  ['what is open', `ls /proc/self/fd`],
  ['descriptors above stderr', `bash -c 'echo to-three >&3; cat <&7; echo to-63 >&63'`],
  ['stdout and stderr', `sh -c 'echo out; echo err >&2'`],
] as const;

test.for(lines)('%s', async ([, line], { world }) => {
  await runIn(world, ['sh', '-c', 'echo seven >/job/seven']);
  const redirections = '3>/job/three 7</job/seven 63>/job/sixty-three';
  const show = 'cat /job/three /job/sixty-three';
  const runWith = (prefix: string): Promise<Outcome> => {
    const wrapped = line.startsWith('perl') ? line.replace('ls ', `${prefix}ls `) : prefix + line;
    return runIn(world, ['bash', '-c', `ulimit -Sn 200; ${wrapped} ${redirections}; ${show}`]);
  };
  const plain = await runWith('');
  const wrapped = await runWith('/entry-point.sh --trace=off ');
  // bash sets its own `_` to what it executes.
  const comparable = wrapped.stdout
    .replace('_=/entry-point.sh', '_=/usr/bin/env')
    .replace(certificates, '');
  expect({ ...wrapped, stdout: comparable }).toEqual(plain);
  expectNothingSurvives(world);
});

test('stdin is passed on byte by byte', async ({ world }) => {
  const bytes = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 7) % 256));
  writeFileSync(world.at('/job/bytes'), bytes);
  const line = 'cat /job/bytes | /entry-point.sh cat | cmp - /job/bytes';
  expect(await runIn(world, ['bash', '-c', line])).toMatchObject({ status: 0, stdout: '' });
  // What the command doesn't read is left to whoever comes next.
  const rest = `(/entry-point.sh --trace=off sh -c 'read -r line; echo "$line"'; cat)`;
  expect(await runIn(world, ['sh', '-c', rest], { input: 'one\ntwo\n' })).toMatchObject({
    stdout: 'one\ntwo\n',
  });
});

test.for(['<&-', '<&- >&-', '<&- >&- 2>&-'])(
  'with descriptors closed (%s), the command runs',
  async (closed, { world }) => {
    const line = `/entry-point.sh sh -c 'touch /job/ran; exit 5' ${closed}; echo $?`;
    expect(await runIn(world, ['sh', '-c', line])).toMatchObject({ stdout: '5\n' });
    expectNothingSurvives(world);
  },
);

/** Variables that change what a Node does, or how it speaks. */
const nodeVariables = {
  NODE_OPTIONS: '--no-such-option',
  NODE_EXTRA_CA_CERTS: '/no/such/file',
  NODE_DEBUG: 'net,timer,child_process',
  NODE_PENDING_DEPRECATION: '1',
  NODE_REDIRECT_WARNINGS: '/job/warnings',
  NODE_TLS_REJECT_UNAUTHORIZED: '0',
  NODE_USE_ENV_PROXY: '1',
  NODE_PATH: '/no/such/directory',
  NODE_NO_WARNINGS: '1',
  NODE_CHANNEL_FD: 'x',
  NODE_UNIQUE_ID: '1',
  NODE_V8_COVERAGE: '/job/coverage',
  NODE_COMPILE_CACHE: '/job/cache',
  OPENSSL_CONF: '/entry-point.sh',
  UV_THREADPOOL_SIZE: '1',
};

test.for(Object.entries(nodeVariables))(
  '%s=%s reaches the command, and does nothing to us',
  async ([name, value], { world }) => {
    expect(await run(world, ['printenv', name], { env: { [name]: value } })).toEqual({
      status: 0,
      signal: null,
      stdout: `${value}\n`,
      stderr: `+ printenv ${name}\n`,
    });
    expect(list(world, '/job')).toEqual([]);
  },
);

test("nothing of ours but the certificates is in the command's environment", async ({ world }) => {
  const env = { GUIX_ENTRY_POINT_VERBOSE: '0', A: '1' };
  const [plain, wrapped] = await Promise.all([
    runIn(world, ['env'], { env }),
    run(world, ['env'], { env }),
  ]);
  expect(wrapped.stdout).toBe(plain.stdout + certificates);
});

test('the daemon inherits no descriptor of ours', async ({ world }) => {
  const line =
    'exec 7>/job/open 99>/job/open; exec /entry-point.sh sh -c "echo ready >&2; read -r l"';
  const running = startIn(world, ['bash', '-c', line]);
  await running.says('\nready\n');
  const directory = world.at(`/proc/${findDaemon(world).pid}/fd`);
  const links = readdirSync(directory).map((number) => readlinkSync(`${directory}/${number}`));
  expect(links.length).toBeGreaterThan(2);
  expect(links.filter((link) => link.endsWith('/job/open'))).toEqual([]);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
});

test.for([
  ['a /tmp that is nearly full', 'mount -t tmpfs -o size=400k none /tmp'],
  ['no /tmp', 'umount /tmp && mount -t tmpfs -o noexec none /tmp'],
] as const)('with %s, the command runs', async ([, prepare], { world }) => {
  const line = `${prepare}; /entry-point.sh sh -c 'exit 4'; echo $?; ls -A /tmp /var/tmp /run | grep entry-point`;
  expect(await runIn(world, ['unshare', '--mount', 'bash', '-c', line])).toMatchObject({
    stdout: '4\n',
  });
});

test('without /proc, it is told what to do', async ({ world }) => {
  const line = 'umount -l /proc; exec /entry-point.sh true';
  expect(await runIn(world, ['unshare', '--mount', 'bash', '-c', line])).toEqual({
    status: 78,
    signal: null,
    stdout: '',
    stderr: `+ guix-entry-point: Cannot read /proc: no such file or directory.
+ Hint: Mount it: 'mount -t proc proc /proc'.
`,
  });
});

const places = ['/tmp', '/var/tmp', '/run', '/var/guix'];

test.for([
  places.map((place) => `mount -t tmpfs -o noexec none ${place}`).join(' && '),
  'ulimit -f 100',
])('where no directory takes a file to execute (%s), it is told', async (forbid, { world }) => {
  const command = ['unshare', '--mount', 'bash', '-c', `${forbid} && exec /entry-point.sh true`];
  const outcome = await runIn(world, command);
  expect(outcome).toMatchObject({ status: 78, stdout: '' });
  expect(outcome.stderr).toMatch(
    /^\+ guix-entry-point: Cannot load .*\n\+ Looked at:\n(\+ {3}\/.*\n){4}\+ Hint: .*TMPDIR.*\n$/,
  );
  expect(list(world, '/tmp')).toEqual([]);
});
