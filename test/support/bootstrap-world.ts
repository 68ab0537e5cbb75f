import { readFileSync, writeFileSync } from 'node:fs';
import { test as base } from 'vitest';
import { type Outcome, runIn, type StartOptions } from '../../scripts/machine.ts';
import { openToolchain, type World } from '../../scripts/world.ts';
import { encodeNixBase32 } from '../../src/store/base32.ts';
import { createHash } from 'node:crypto';

export { hostTools } from '../../scripts/world.ts';
export { scripted, seed } from './bootstrap-definitions.ts';

/** A test on a machine without Guix, with a C compiler, and a static busybox as the source of `seed`. */
export const test = base.extend<{ world: World }>({
  // oxlint-disable-next-line no-empty-pattern -- vitest tells a fixture's needs by this pattern
  world: async ({}, use) => {
    await using world = await openToolchain();
    await shell(world, 'cp /usr/bin/busybox /job/seed');
    await use(world);
  },
});

/** Runs lines of shell, which must succeed; what they print. */
export async function shell(world: World, script: string, options?: StartOptions): Promise<string> {
  const { status, stdout, stderr } = await runIn(world, ['sh', '-ec', script], options);
  if (status !== 0) throw new Error(`${script}\n${stdout}${stderr}`);
  return stdout;
}

/** Runs a bootstrap of what is defined in `bootstrap0.scm`. */
export function bootstrap(
  world: World,
  words: readonly string[] = [],
  options?: StartOptions,
): Promise<Outcome> {
  return runIn(world, ['/entry-point.sh', 'bootstrap', 'bootstrap0.scm', ...words], options);
}

/** Writes a definition file; `SHA` of a file of the machine is put in for `@FILE@`. */
export function define(world: World, text: string, file = 'bootstrap0.scm'): void {
  const whole = text.replaceAll(/@([\w./-]+)@/g, (_, name: string) =>
    hashOf(world, `/job/${name}`),
  );
  writeFileSync(world.at(`/job/${file}`), whole);
}

/** The SHA-256 of a file there, in Nix's base32. */
export function hashOf(world: World, file: string): string {
  return encodeNixBase32(
    createHash('sha256')
      .update(readFileSync(world.at(file)))
      .digest(),
  );
}
