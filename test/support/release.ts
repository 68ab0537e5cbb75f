import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import type { ReleasePage } from './release-page.ts';

const repository = join(import.meta.dirname, '../..');

export type Options = {
  readonly page: ReleasePage;
  readonly directory: string;
  /** Days after the first release. */
  readonly day?: number;
  readonly env?: Readonly<Record<string, string>>;
};

/** Starts a release in a directory of its day. */
export function startRelease(
  words: readonly string[],
  { page, directory, day = 0, env = {} }: Options,
): ChildProcessWithoutNullStreams {
  const bin = join(directory, 'bin');
  const client = join(repository, 'test/fixtures/programs/docker-stub');
  mkdirSync(bin, { recursive: true });
  if (!existsSync(join(bin, 'docker'))) symlinkSync(client, join(bin, 'docker'));
  const place = `--directory=${join(directory, `day${day}`)}`;
  return spawn(process.execPath, ['scripts/release/run.ts', ...words, place], {
    cwd: repository,
    env: {
      PATH: `${bin}:${process.env['PATH']}`,
      HOME: process.env['HOME'],
      DOCKER_CALLS: join(directory, 'calls'),
      ...releaseEnvironment(page, day),
      // Guix's repository is one of ours.
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: `url.${findChannel(directory)}.insteadOf`,
      GIT_CONFIG_VALUE_0: 'https://git.guix.gnu.org/guix.git',
      ...env,
    },
  });
}

/** What a release is told, some days after the first one. */
export function releaseEnvironment(page: ReleasePage, day: number) {
  return {
    GITHUB_REPOSITORY: 'o/r',
    GITHUB_SERVER_URL: page.url,
    GITHUB_API_URL: page.url,
    GITHUB_SHA: 'c'.repeat(40),
    GITHUB_TOKEN: 'secret',
    SOURCE_DATE_EPOCH: String(1_790_000_000 + day * 86_400),
  };
}

/** The repository that stands for Guix's; it has one commit at first. */
function findChannel(directory: string): string {
  const channel = join(directory, 'guix.git');
  if (existsSync(channel)) return channel;
  execFileSync('git', ['init', '--quiet', '--initial-branch=master', channel]);
  commitToChannel(directory);
  return channel;
}

/** Has something new in Guix; returns its commit. */
export function commitToChannel(directory: string): string {
  const author = ['-c', 'user.name=A', '-c', 'user.email=a@example.org'];
  changeChannel(directory, [...author, 'commit', '--quiet', '--allow-empty', '--message=new']);
  return changeChannel(directory, ['rev-parse', 'HEAD']).trim();
}

/** Runs git in Guix's repository; returns what it says. */
export function changeChannel(directory: string, words: readonly string[]): string {
  const git = ['-C', join(directory, 'guix.git'), ...words];
  return execFileSync('git', git, { encoding: 'utf8' });
}

/** Makes a release, or a part of it. */
export async function release(words: readonly string[], options: Options) {
  const child = startRelease(words, options);
  child.stdin.end();
  const ended = once(child, 'close');
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  const [status] = await ended;
  return { status, stdout, stderr };
}

/** Waits until the client says that it hangs, and returns its number. */
export async function waitForPid(stderr: Readable): Promise<number> {
  let said = '';
  for await (const chunk of stderr.iterator({ destroyOnReturn: false })) {
    said += String(chunk);
    const pid = /hanging \(pid: (\d+)\)\n/.exec(said)?.[1];
    if (pid !== undefined) return Number(pid);
  }
  throw new Error(`it does not hang:\n${said}`);
}

/** What is in the directory of the release's files, by name. */
export function readFiles({ directory, day = 0 }: Options): Readonly<Record<string, string>> {
  const files = join(directory, `day${day}/files`);
  const names = readdirSync(files).toSorted();
  return Object.fromEntries(names.map((name) => [name, readFileSync(join(files, name), 'latin1')]));
}

/** What the engine's client was asked for, one line each. */
export function readCalls({ directory }: Options): readonly string[] {
  return readFileSync(join(directory, 'calls'), 'utf8').trimEnd().split('\n');
}
