import { readFileSync, writeFileSync } from 'node:fs';
import { builtInServers } from '../../src/substitutes/servers.ts';
import {
  entryPoint,
  expect,
  expectNothingSurvives,
  findDaemon,
  guixBuild,
  list,
  run,
  runIn,
  start,
  test,
} from '../support/real.ts';

test('a build that succeeds', async ({ world }) => {
  const outcome = await run(world, guixBuild('hello.scm'));
  expect(outcome).toMatchObject({ status: 0, signal: null });
  expect(outcome.stdout).toMatch(/^\/gnu\/store\/[0-9a-z]{32}-hello-2\.12\n$/);
  expect(outcome.stderr).toMatch(
    /^\+ guix build -L \/fixtures\/packages -f \/fixtures\/packages\/hello\.scm\nThe following derivation will be built:/,
  );
  expect(readFileSync(world.at(outcome.stdout.trim()), 'utf8')).toBe('Hello, world!\n');
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});

test('a build that fails: its log is unpacked and shown, its status kept', async ({ world }) => {
  writeFileSync(world.at('/job/mine.gz'), 'not even gzip');
  await run(world, guixBuild('hello.scm'));

  const outcome = await run(world, guixBuild('broken.scm'));
  expect(outcome).toMatchObject({ status: 1, signal: null, stdout: '' });

  const [log, ...others] = list(world, '/job').filter((name) => name !== 'mine.gz');
  expect(others).toEqual([]);
  expect(log).toMatch(/^[0-9a-z]{32}-broken-1\.0\.drv$/);
  const text = 'checking for libfoo... no\nconfigure: error: libfoo is missing\n';
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toBe(text);
  expect(readFileSync(world.at('/job/mine.gz'), 'utf8')).toBe('not even gzip');
  expect(outcome.stderr.slice(outcome.stderr.indexOf('+ Failed build'))).toMatch(
    new RegExp(`^\\+ Failed build: broken-1\\.0, after \\d+\\.\\d s
\\+ Its derivation: /gnu/store/${log}
\\+ Its log: ${log} \\(2 lines\\)
\\+ First error, line 2: configure: error: libfoo is missing
${text}$`),
  );
  expectNothingSurvives(world);
});

test('a build that fails again in the same way leaves no second file', async ({ world }) => {
  await run(world, guixBuild('broken.scm'));
  const outcome = await run(world, guixBuild('broken.scm'));
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
  expect(outcome.stderr).toContain(`+ Its log: ${list(world, '/job')[0]} (2 lines)\n`);
});

test('--log-lines shows the last lines and unpacks them all', async ({ world }) => {
  const outcome = await run(world, ['--log-lines=1', ...guixBuild('broken.scm')]);
  expect(outcome.stderr).toMatch(
    /\(2 lines, of which the last 1 follow\)\n\+ First error, .*\nconfigure: error: libfoo is missing\n$/,
  );
});

test('a command that fails without a build shows nothing but its trace', async ({ world }) => {
  await run(world, guixBuild('hello.scm'));
  const outcome = await run(world, ['sh', '-c', 'echo out; echo err >&2; exit 7']);
  expect(outcome).toEqual({
    status: 7,
    signal: null,
    stdout: 'out\n',
    stderr: "+ sh -c 'echo out; echo err >&2; exit 7'\nerr\n",
  });
});

test('stdin reaches the command byte by byte', async ({ world }) => {
  const bytes = `\0\r\n\x7f${'ü'.repeat(100_000)}`;
  const outcome = await run(world, ['cat'], { input: bytes });
  expect(outcome).toEqual({ status: 0, signal: null, stdout: bytes, stderr: '+ cat\n' });
});

test('the command finds the environment that it would have without us', async ({ world }) => {
  const bundle = '/etc/ssl/certs/ca-certificates.crt';
  const certificates = { SSL_CERT_DIR: '/etc/ssl/certs', SSL_CERT_FILE: bundle };
  const env = {
    ...{ NODE_OPTIONS: '--max-old-space-size=64', HOME: '/tmp', ODD: "a'b\nc" },
    // Which are named otherwise.
    ...{ ...certificates, GIT_SSL_CAINFO: bundle, CURL_CA_BUNDLE: bundle },
  };
  const command = ['sh', '-c', 'env -0'];
  const [within, without] = [
    await run(world, command, { env }),
    await runIn(world, command, { env }),
  ];
  expect(names(within.stdout)).toEqual(names(without.stdout));
  expect(names(without.stdout)).toContain("ODD=a'b\nc");
});

const listed = builtInServers.map(({ url }) => url.replace(/\/$/, '')).join(' ');

test.for([
  ['the gateway', [], {}, /^--substitute-urls=http:\/\/127\.0\.0\.1:\d+$/],
  ['no substitutes', ['--substitutes=off'], {}, /^--no-substitutes$/],
  ['the built-in list', ['--substitutes=direct'], {}, `--substitute-urls=${listed}`],
  [
    'SUBSTITUTE_URLS',
    ['--substitutes=direct'],
    { SUBSTITUTE_URLS: 'https://a.example  http://b.example/x/ https://a.example/' },
    '--substitute-urls=https://a.example http://b.example/x',
  ],
  [
    '--substitute-urls',
    ['--substitute-urls=http://127.0.0.1:1', '--add-substitute-url=http://127.0.0.1:2/'],
    { SUBSTITUTE_URLS: 'https://a.example', GUIX_ENTRY_POINT_SUBSTITUTES: 'direct' },
    '--substitute-urls=http://127.0.0.1:2 http://127.0.0.1:1',
  ],
] as const)('the daemon is given %s', async ([, words, env, expected], { world }) => {
  const running = start(world, [...words, 'sh', '-c', 'echo ready >&2; read -r line'], { env });
  await running.says('ready\n');
  const command = readFileSync(world.at(`/proc/${findDaemon(world).pid}/cmdline`), 'utf8').split(
    '\0',
  );
  expect(command.slice(1, 3)).toEqual([
    '--build-users-group=guixbuild',
    '--listen=/var/guix/daemon-socket/socket',
  ]);
  expect(command[3]).toMatch(expected);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expectNothingSurvives(world);
});

test('--log-format json tells the run in JSON lines', async ({ world }) => {
  const outcome = await run(world, [
    '--log-format',
    'json',
    '-v',
    entryPoint,
    '--log-format=json',
    'false',
  ]);
  const lines = outcome.stderr
    .trim()
    .split('\n')
    .filter((line) => !line.includes('daemon-said'));
  const events = lines.map((line): unknown => JSON.parse(line));
  expect(outcome.status).toBe(1);
  const common = { level: 'debug', time: expect.any(String) };
  expect(events).toMatchObject([
    { ...common, event: 'daemon-started', program: '/usr/bin/guix-daemon' },
    { ...common, event: 'daemon-ready', milliseconds: expect.any(Number) },
    {
      ...common,
      event: 'command-started',
      level: 'info',
      command: [entryPoint, '--log-format=json', 'false'],
    },
    { ...common, event: 'command-started', level: 'info', command: ['false'] },
    { ...common, event: 'command-ended', ending: { by: 'exit', status: 1 } },
    { ...common, event: 'daemon-stopped' },
  ]);
});

test("the daemon's chatter is told with --verbose alone", async ({ world }) => {
  const command = ['guix', 'repl', '--', '/dev/null'];
  expect((await run(world, command)).stderr).not.toContain('accepted connection');
  expect((await run(world, ['--verbose', ...command])).stderr).toMatch(
    /^\+ guix-daemon: accepted connection from pid \d+, user root$/m,
  );
});

/** The entries of `env -0` that are not the shell's own. */
function names(text: string): string[] {
  const entries = text.split('\0').filter((entry) => !/^(_|PWD|SHLVL|OLDPWD)=/.test(entry));
  return entries.toSorted();
}
