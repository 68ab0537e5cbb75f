// What a run costs beyond its command: counted, not timed; docs/performance.md has the times.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildConfig } from '../../build.config.ts';
import { provideKoffi } from '../../scripts/koffi.ts';
import { entryPoint, expect, runIn, test } from '../support/real.ts';

const repository = join(import.meta.dirname, '../..');

test('a run loads what it uses, and nothing else', async ({ world }) => {
  // The bundle under a Node that listens to us, which the executable's own doesn't.
  const target = Object.values(buildConfig.platforms).find(({ arch }) => arch === process.arch);
  cpSync(join(repository, 'dist/bundle'), world.at('/bundle'), { recursive: true });
  cpSync(await provideKoffi(target ?? { arch: 'x64' }), world.at('/bundle/koffi.node'));
  cpSync(process.execPath, world.at('/usr/local/bin/node'));
  const node = ['node', '--require=/fixtures/programs/list-modules.cjs', '/bundle/main.cjs'];
  const script = '>/job/wanted; for turn in $(seq 200000); do [ -e /job/modules ] && break; done';
  // A device that is no terminal, which takes a closer look.
  const run = ['sh', '-c', '"$@" 2>/dev/null', 'sh', ...node, 'guix-entry-point', '--trace=off'];
  expect(await runIn(world, [...run, 'sh', '-c', script])).toMatchObject({ status: 0 });
  const { ofNode, ...rest } = JSON.parse(readFileSync(world.at('/job/modules'), 'utf8'));
  // What Node's `listen` wants, a moment later: it may be there by now.
  const listen = new Set(['child_process', 'cluster', 'dgram']);
  expect(ofNode.filter((name: string) => !listen.has(name))).toEqual([
    ...['net', 'os', 'sea', 'stream', 'stream/promises', 'string_decoder', 'timers/promises'],
  ]);
  // The daemon has been executed before.
  expect(rest).toEqual({ chunks: [], children: { 'node:net': 1 } });
});

test('while the command runs: processes, bytes and memory', async ({ world }) => {
  // Of a file that was written at one go, the kernel maps whole megabytes where a page is used.
  const copy = `dd if=${entryPoint} of=/job/copy bs=32k status=none && chmod +x /job/copy`;
  await runIn(world, ['sh', '-c', copy]);
  // It may be quicker than we are with our pages.
  const script = `
    for turn in $(seq 2000); do
      [ "$(sed -n 's/^VmRSS:\\s*\\([0-9]*\\) kB/\\1/p' /proc/$PPID/status)" -ge 50000 ] || break
    done
    echo pid: $$; echo parent: $PPID; cat /proc/$PPID/io /proc/$PPID/status`;
  const { stdout } = await runIn(world, ['/job/copy', 'sh', '-c', script]);
  const values = [...stdout.matchAll(/^(\w+):\s+(\d+)( kB)?$/gm)];
  const found = new Map(values.map(([, name = '', value]) => [name, Number(value)]));
  const get = (name: string): number => found.get(name) ?? NaN;
  // Six threads of Node's, one that tries the sandbox, the daemon, its session, the command.
  expect(get('pid') - get('parent')).toBe(10);
  expect(get('Threads')).toBe(7);
  expect(get('syscr')).toBeLessThan(105);
  expect(get('rchar')).toBeLessThan(60_000); // bytes
  // koffi, and little else.
  expect(get('wchar')).toBeLessThan(1_200_000); // bytes
  expect(get('VmHWM')).toBeLessThan(60_000); // kB
  expect(get('VmRSS')).toBeLessThan(50_000);
});

test('nothing grows with old logs, store items or processes of others', async ({ world }) => {
  // Our main thread, which is all of us on this way.
  const traced = ['strace', '-o', '/job/calls', '-e', 'trace=%file', entryPoint, 'true'];
  const outcome = await runIn(world, traced);
  expect(outcome).toMatchObject({ status: 0, stderr: '+ true\n' });
  const text = readFileSync(world.at('/job/calls'), 'utf8');
  // No thread of Node's is asked for children.
  expect(text).not.toMatch(/\/proc\/(\d+)\/task\/(?!\1\/)\d/);
  const calls = text.replaceAll(/\/proc\/\d+/g, '/proc/N');
  const listed = [...calls.matchAll(/"([^"]+)", [A-Z_|]*O_DIRECTORY/g)].map(([, path]) => path);
  // Of these, the last has a file for each session that runs, or was killed since the last one began.
  const few = ['/proc/self/fd', '/proc/N/task', '/var/guix/temproots'];
  expect(new Set(listed)).toEqual(new Set(few));
  const looked = [...calls.matchAll(/"([^"]+)"/g)].map(([, path = '']) => path);
  expect(looked.filter((path) => /^\/(gnu\/store|var\/log\/guix)\//.test(path))).toEqual([]);
});
