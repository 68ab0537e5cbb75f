// The engine of the tests itself, when they don't come to their end.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { expect, inject, test } from 'vitest';
import { path } from 'zx';

const program = path.join(import.meta.dirname, '../fixtures/programs/hold-engine.ts');

test.for(['SIGKILL', 'SIGINT'] as const)('nothing of it is left after %s', async (signal) => {
  const { storage } = inject('images');
  const holder = spawn(process.execPath, [program, storage], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const [line] = await once(createInterface(holder.stdout), 'line');
  const [, cgroup = ''] = /(guix-entry-point-[^/]+)/.exec(String(line)) ?? [];
  const find = (): string[] => globSync(`/sys/fs/cgroup/{,*/}${cgroup}`);
  expect(find()).not.toEqual([]);
  // As a terminal does, to all of the group.
  process.kill(-(holder.pid ?? 0), signal);
  await expect.poll(find).toEqual([]);
});
