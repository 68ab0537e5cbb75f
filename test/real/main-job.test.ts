import { readFileSync, writeFileSync } from 'node:fs';
import {
  daemon,
  entryPoint,
  expect,
  expectNothingSurvives,
  list,
  run,
  runIn,
  test,
} from '../support/real.ts';

test('a build that succeeds', async ({ world }) => {
  const outcome = await run(world, daemon.build('hello'));
  expect(outcome).toMatchObject({ status: 0, signal: null });
  expect(outcome.stdout).toMatch(/^\/(gnu|nix)\/store\/[0-9a-z]{32}-hello-2\.12\n$/);
  const trace = `+ ${daemon.build('hello').join(' ')}\n`;
  expect(outcome.stderr.slice(0, trace.length)).toBe(trace);
  expect(outcome.stderr.slice(trace.length)).toMatch(
    /^the following derivation will be built:|^this/i,
  );
  expect(readFileSync(world.at(outcome.stdout.trim()), 'utf8')).toBe('Hello, world!\n');
  expect(list(world, '/job')).toEqual([]);
  expectNothingSurvives(world);
});

test('a build that fails: its log is unpacked and shown, its status kept', async ({ world }) => {
  writeFileSync(world.at('/job/mine.gz'), 'not even gzip');
  await run(world, daemon.build('hello'));

  const outcome = await run(world, daemon.build('broken'));
  expect(outcome).toMatchObject({ status: 1, signal: null, stdout: '' });

  const [log, ...others] = list(world, '/job').filter((name) => name !== 'mine.gz');
  expect(others).toEqual([]);
  expect(log).toMatch(/^[0-9a-z]{32}-broken-1\.0\.drv$/);
  const text = 'checking for libfoo... no\nconfigure: error: libfoo is missing\n';
  expect(readFileSync(world.at(`/job/${log}`), 'utf8')).toBe(text);
  expect(readFileSync(world.at('/job/mine.gz'), 'utf8')).toBe('not even gzip');
  expect(outcome.stderr.slice(outcome.stderr.indexOf('+ Failed build'))).toMatch(
    new RegExp(`^\\+ Failed build: broken-1\\.0, after \\d+\\.\\d s
\\+ Its derivation: ${daemon.kind.store}/${log}
\\+ Its log: ${log} \\(2 lines\\)
\\+ First error, line 2: configure: error: libfoo is missing
${text}$`),
  );
  expectNothingSurvives(world);
});

test('a build that fails again in the same way leaves no second file', async ({ world }) => {
  await run(world, daemon.build('broken'));
  const outcome = await run(world, daemon.build('broken'));
  expect(list(world, '/job')).toEqual([expect.stringMatching(/-broken-1\.0\.drv$/)]);
  expect(outcome.stderr).toContain(`+ Its log: ${list(world, '/job')[0]} (2 lines)\n`);
});

test('--log-lines shows the last lines and unpacks them all', async ({ world }) => {
  const outcome = await run(world, ['--log-lines=1', ...daemon.build('broken')]);
  expect(outcome.stderr).toMatch(
    /\(2 lines, of which the last 1 follow\)\n\+ First error, .*\nconfigure: error: libfoo is missing\n$/,
  );
});

test('a command that fails without a build shows nothing but its trace', async ({ world }) => {
  await run(world, daemon.build('hello'));
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
    ...{
      ...certificates,
      GIT_SSL_CAINFO: bundle,
      CURL_CA_BUNDLE: bundle,
      NIX_SSL_CERT_FILE: bundle,
    },
  };
  const command = ['sh', '-c', 'env -0'];
  const [within, without] = [
    await run(world, ['--substitutes=direct', ...command], { env }),
    await runIn(world, command, { env }),
  ];
  const ofDaemon = Object.entries(daemon.environment).map(([name, value]) => `${name}=${value}\0`);
  expect(names(within.stdout)).toEqual(names(without.stdout + ofDaemon.join('')));
  expect(names(without.stdout)).toContain("ODD=a'b\nc");
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
    { ...common, event: 'daemon-started', program: daemon.program },
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
  expect((await run(world, daemon.ask)).stderr).not.toContain('accepted connection');
  expect((await run(world, ['--verbose', ...daemon.ask])).stderr).toMatch(
    /^\+ (guix|nix)-daemon: accepted connection from pid \d+, user root/m,
  );
});

/** The entries of `env -0` that are not the shell's own. */
function names(text: string): string[] {
  const entries = text.split('\0').filter((entry) => !/^(_|PWD|SHLVL|OLDPWD)=/.test(entry));
  return entries.toSorted();
}
