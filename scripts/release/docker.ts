import { open, readFile } from 'node:fs/promises';
import { $, path } from 'zx';
import type { Platform } from './platforms.ts';
import { Refusal } from './refusal.ts';
import { Flaky, isFlaky, retry } from './retry.ts';

type Streams = {
  /** The file that is its stdin; none else. */
  readonly input?: string | undefined;
  /** The file that its stdout goes to, from its beginning. */
  readonly output?: string | undefined;
};

/** Runs the engine's client; shows what it says, and tries again where it was the network. */
export function docker(words: readonly string[], streams: Streams = {}): Promise<void> {
  const [what = ''] = words;
  return retry(`docker ${what}`, () => runOnce(words, streams));
}

async function runOnce(
  words: readonly string[],
  { input = '/dev/null', output = '/dev/null' }: Streams,
): Promise<void> {
  await using stdin = await open(input, 'r');
  await using stdout = await open(output, 'w');
  const options = { nothrow: true, quiet: true, stdio: [stdin.fd, stdout.fd, 'pipe'] as const };
  const running = $({ ...options, stdio: [...options.stdio] })`docker ${words}`;
  running.stderr.pipe(process.stderr, { end: false });
  const { exitCode, signal, stderr } = await running;
  if (exitCode === 0) return;
  const message = `docker ${words.slice(0, 2).join(' ')} … ended with ${signal ?? exitCode}`;
  const end = stderr.slice(-4000);
  throw isFlaky(end) ? new Flaky(message) : new Refusal(message);
}

/** An image of one platform: `repository@sha256:…`. */
export type Image = { readonly reference: string; readonly platform: Platform };

/** Has a program run by the entry point of an image, under a daemon. */
export async function runInImage(
  image: Image,
  command: readonly string[],
  streams: Streams,
): Promise<void> {
  const { hasSmallValues } = image.platform;
  // The daemon of a container of one command: what the sandbox needs is docs/machine.md's.
  const options = ['--privileged', ...(hasSmallValues ? cacheOnTmpfs : [])];
  await docker([...runWords(image, streams), ...options, image.reference, ...command], streams);
}

const cacheOnTmpfs = ['--tmpfs=/tmp/cache:size=4g', '--env=XDG_CACHE_HOME=/tmp/cache'];

/** The same for a script of `in-image`, with arguments; it is told as its text. */
export async function runScriptInImage(
  image: Image,
  [name, ...words]: readonly [name: string, ...words: string[]],
  streams: Streams,
): Promise<void> {
  const script = await readFile(path.join(import.meta.dirname, 'in-image', name), 'utf8');
  await runInImage(image, ['sh', '-c', script, name, ...words], streams);
}

/** Has a program run as it is, without a daemon. */
export function runBare(image: Image, [program = '', ...words]: readonly string[], output: string) {
  const command = [`--entrypoint=${program}`, image.reference, ...words];
  return docker([...runWords(image, {}), ...command], { output });
}

function runWords({ platform }: Image, { input }: Streams): readonly string[] {
  const isFed = input !== undefined;
  return ['run', '--rm', `--platform=${platform.name}`, ...(isFed ? ['--interactive'] : [])];
}
