import { readFileSync } from 'node:fs';
import { listProcesses, run } from './real.ts';
import { expect, type Publisher, publishAndKeep, test as base } from './substitutes.ts';

export { expect, type Publisher, shell } from './substitutes.ts';

/** Something that servers have, and this store has, too: large enough to be measured by. */
export const test = base.extend<{ kept: Publisher }>({
  kept: [
    async ({ publisher }, use) => {
      await publishAndKeep(publisher, 3000);
      await use(publisher);
    },
    { scope: 'file' },
  ],
});

/** What is said of a server. */
type Row = Readonly<Record<string, unknown>>;

/** Measures these servers, one object for each; nothing of it survives. */
export async function measure(
  { world }: Publisher,
  ...urls: readonly string[]
): Promise<{ readonly status: number | null; readonly rows: readonly Row[] }> {
  const before = listProcesses(world).length;
  const words = ['substitutes', '--json', `--substitute-urls=${urls.join(' ')}`];
  const { status, stdout } = await run(world, words);
  // The publishers' daemon may be serving them for a moment more.
  await expect.poll(() => listProcesses(world).length).toBeLessThanOrEqual(before);
  const lines = stdout.split('\n').slice(0, -1);
  const rows = lines.map((line): Row => JSON.parse(line));
  expect(rows.map(({ url }) => url)).toEqual(urls);
  return { status, rows };
}

/** The one key in a file, as an ACL has it. */
export function readKey({ world }: Publisher, file: string): string {
  return readFileSync(world.at(file), 'utf8').replaceAll(/\s+/g, ' ').replaceAll(' )', ')').trim();
}

/** Something that was measured. */
export const number: unknown = expect.any(Number);
/** A server of which nothing was found out. */
export const unknown = {
  latency: null,
  throughput: null,
  authorized: null,
  key: null,
  publicKey: null,
};
