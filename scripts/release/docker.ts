import { open } from 'node:fs/promises';
import { $ } from 'zx';
import type { Platform } from './platforms.ts';
import { Refusal } from './refusal.ts';
import { Flaky, isFlaky, retry } from './retry.ts';

/** Runs the engine's client; shows what it says, and tries again where it was the network. */
export function docker(words: readonly string[], output = '/dev/null'): Promise<void> {
  const [what = ''] = words;
  return retry(`docker ${what}`, () => runOnce(words, output));
}

/** What it writes to its standard output is in the file from its beginning, also of a second try. */
async function runOnce(words: readonly string[], output: string): Promise<void> {
  await using stdout = await open(output, 'w');
  const options = { nothrow: true, quiet: true } as const;
  const running = $({ ...options, stdio: ['ignore', stdout.fd, 'pipe'] })`docker ${words}`;
  running.stderr.pipe(process.stderr, { end: false });
  const { exitCode, signal, stderr } = await running;
  if (exitCode === 0) return;
  const message = `docker ${words.slice(0, 2).join(' ')} … ended with ${signal ?? exitCode}`;
  throw isFlaky(stderr) ? new Flaky(message) : new Refusal(message);
}

/** An image of one platform: `repository@sha256:…`. */
export type Image = {
  readonly reference: string;
  readonly digest: string;
  readonly platform: Platform;
};

/** Has a program run by the entry point of an image, under a daemon; its output goes to a file. */
export async function runInImage(
  image: Image,
  command: readonly string[],
  output: string,
): Promise<void> {
  // The daemon of a container of one command: what the sandbox needs is docs/machine.md's.
  const options = ['--privileged', ...(image.platform.is32Bit ? cacheOnTmpfs : [])];
  await docker([...runWords(image), ...options, image.reference, ...command], output);
}

/** Git of 32 bits can't read the home cache on every file system: inode numbers may be too large. */
const cacheOnTmpfs = ['--tmpfs=/tmp/cache:size=4g', '--env=XDG_CACHE_HOME=/tmp/cache'];

/** Has a program run as it is, without a daemon. */
export function runBare(image: Image, [program = '', ...words]: readonly string[], output: string) {
  const command = [`--entrypoint=${program}`, image.reference, ...words];
  return docker([...runWords(image), ...command], output);
}

function runWords({ platform }: Image): readonly string[] {
  return ['run', '--rm', `--platform=${platform.name}`];
}
