import { readFileSync } from 'node:fs';
import { builtInServers } from '../../src/substitutes/servers.ts';
import { expect, expectNothingSurvives, findDaemon, start, test } from '../support/real.ts';

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
    '--listen=/var/guix/daemon-socket/socket',
    '--build-users-group=guixbuild',
  ]);
  expect(command[3]).toMatch(expected);
  running.child.stdin?.end('\n');
  expect(await running.ended).toEqual({ status: 0, signal: null });
  expectNothingSurvives(world);
});
