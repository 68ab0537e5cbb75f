// What a run costs beyond its command: counted, not timed; docs/performance.md has the times.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildConfig } from '../../build.config.ts';
import { provideKoffi } from '../../scripts/koffi.ts';
import type { World } from '../../scripts/world.ts';
import { entryPoint, expect, runIn, test } from '../support/real.ts';

const repository = join(import.meta.dirname, '../..');

test('a run loads what it uses, and nothing else', async ({ world }) => {
  // The bundle under a Node that listens to us, which the executable's own doesn't.
  const target = Object.values(buildConfig.platforms).find(({ arch }) => arch === process.arch);
  cpSync(join(repository, 'dist/bundle'), world.at('/bundle'), { recursive: true });
  cpSync(await provideKoffi(target ?? { arch: 'x64' }), world.at('/bundle/koffi.node'));
  cpSync(process.execPath, world.at('/usr/local/bin/node'));
  const node = ['node', '--require=/fixtures/programs/list-modules.cjs', '/bundle/main.cjs'];
  const script = '>/job/wanted; until [ -e /job/modules ]; do :; done';
  const outcome = await runIn(world, [...node, 'guix-entry-point', 'sh', '-c', script]);
  expect(outcome).toMatchObject({ status: 0, stderr: expect.stringMatching(/^\+ sh -c .*\n$/) });
  expect(JSON.parse(readFileSync(world.at('/job/modules'), 'utf8'))).toEqual({
    ofNode: [
      // What Node's `listen` wants, while the daemon starts.
      ...['child_process', 'cluster', 'dgram'],
      ...['net', 'os', 'sea', 'stream', 'stream/promises', 'string_decoder', 'timers/promises'],
    ].toSorted(),
    chunks: [],
  });
});

test('while the command runs: processes, bytes and memory', async ({ world }) => {
  // Of a file that was written at one go, the kernel maps whole megabytes where a page is used.
  const copy = `dd if=${entryPoint} of=/job/copy bs=32k status=none && chmod +x /job/copy`;
  await runIn(world, ['sh', '-c', copy]);
  // It may be quicker than we are with our pages.
  const script = `
    until [ "$(sed -n 's/^VmRSS:\\s*\\([0-9]*\\) kB/\\1/p' /proc/$PPID/status)" -lt 50000 ]; do :; done
    echo pid: $$; echo parent: $PPID; cat /proc/$PPID/io /proc/$PPID/status`;
  const { stdout } = await runIn(world, ['/job/copy', 'sh', '-c', script]);
  const values = [...stdout.matchAll(/^(\w+):\s+(\d+)( kB)?$/gm)];
  const found = new Map(values.map(([, name = '', value]) => [name, Number(value)]));
  const get = (name: string): number => found.get(name) ?? NaN;
  // Six threads of Node's, one that tries the sandbox, the daemon, its session, the command.
  expect(get('pid') - get('parent')).toBe(10);
  expect(get('Threads')).toBe(7);
  expect(get('syscr')).toBeLessThan(110);
  expect(get('rchar')).toBeLessThan(60_000); // bytes
  // koffi, and little else.
  expect(get('wchar')).toBeLessThan(1_200_000); // bytes
  expect(get('VmHWM')).toBeLessThan(60_000); // kB
});

/** How often a run of `true` looks at files, by system call. */
async function countLooks(world: World): Promise<Readonly<Record<string, number>>> {
  const calls = ['openat', 'getdents64', 'statx', 'newfstatat', 'readlink', 'read', 'access'];
  const traced = ['strace', '-c', '-U', 'name,calls', '-o', '/job/calls', '-e', calls.join()];
  const outcome = await runIn(world, [...traced, entryPoint, 'true']);
  expect(outcome).toMatchObject({ status: 0, stderr: '+ true\n' });
  const table = readFileSync(world.at('/job/calls'), 'utf8');
  return Object.fromEntries(
    [...table.matchAll(/^(?!total)(\w+) +(\d+)$/gm)].map(([, name, count]) => [
      name,
      Number(count),
    ]),
  );
}

test('old logs, a large store and processes of others cost nothing', async ({ world }) => {
  const before = await countLooks(world);
  for (let count = 0; count < 100; count++) world.start(['sleep', 'infinity']);
  const script = `
    mkdir --parents /var/log/guix/drvs/ab /var/guix/temproots
    seq --format=/var/log/guix/drvs/ab/%032.0f-old.drv.gz 2000 | xargs touch
    seq --format=/gnu/store/%032.0f-item 2000 | xargs mkdir
    seq --format=/var/guix/temproots/%.0f 1000000 1002000 | xargs touch`;
  await runIn(world, ['sh', '-ec', script]);
  expect(before).toMatchObject({ openat: expect.any(Number), statx: expect.any(Number) });
  const after = await countLooks(world);
  for (const [call, count] of Object.entries(before)) {
    // There are 2,000 of each.
    expect(Math.abs((after[call] ?? NaN) - count), call).toBeLessThan(100);
  }
});
