import { parseArgs } from 'node:util';
import { $, path } from 'zx';
import { Refusal } from './refusal.ts';
import { findPlatforms, type Platform } from './platforms.ts';
import { readTime } from './time.ts';

const words = ['plan', 'build', 'publish', 'all'] as const;
export type Word = (typeof words)[number];

/** What a release is made of, and where it goes. */
export type Release = {
  readonly word: Word;
  /** Where it is made, and what is known of what has been made. */
  readonly directory: string;
  readonly platforms: readonly Platform[];
  /** Whether the channels stay at the commits of channels/channels.scm. */
  readonly isPinned: boolean;
  /** `vYYYYMMDD`, by the UTC date of `time`, which is in seconds. */
  readonly version: string;
  readonly time: number;
  /** The commit of this repository. */
  readonly commit: string;
  /** `owner/name`, as the page of releases has it. */
  readonly repository: string;
  /** Where the page of releases is, for people and for programs. */
  readonly server: string;
  readonly api: string;
  readonly token: string | undefined;
  /** The image without tag and digest: `ghcr.io/owner/name`. */
  readonly image: string;
  /** What the image is built with, beside what we say. */
  readonly buildOptions: readonly string[];
  /** Who runs this, for the provenance. */
  readonly builder: string;
};

const usage = `npm run release -- [plan | build | publish | all] [--platform=PLATFORM]… [--directory=DIRECTORY]
  [--pinned] [--repository=OWNER/NAME] [--image=REGISTRY/NAME] [--build-option=OPTION]…`;

export async function readRelease(
  args: readonly string[],
  environment: NodeJS.ProcessEnv,
): Promise<Release> {
  const { values, positionals } = parse(args);
  const repository = readRepository(values.repository ?? environment['GITHUB_REPOSITORY']);
  const directory = path.resolve(values.directory ?? 'dist/release');
  const time = await readTime(directory, environment['SOURCE_DATE_EPOCH']);
  const server = environment['GITHUB_SERVER_URL'] ?? 'https://github.com';
  const runId = environment['GITHUB_RUN_ID'];
  return {
    word: readWord(positionals),
    directory,
    platforms: findPlatforms(values.platform ?? []),
    isPinned: values.pinned ?? false,
    version: `v${new Date(time * 1000).toISOString().slice(0, 10).replaceAll('-', '')}`,
    time,
    commit: environment['GITHUB_SHA'] ?? (await $`git rev-parse HEAD`).stdout.trim(),
    repository,
    server,
    api: environment['GITHUB_API_URL'] ?? 'https://api.github.com',
    token: environment['GITHUB_TOKEN'],
    image: values.image ?? `ghcr.io/${repository.toLowerCase()}`,
    buildOptions: values['build-option'] ?? [],
    builder:
      runId === undefined
        ? `${server}/${repository}`
        : `${server}/${repository}/actions/runs/${runId}`,
  };
}

type Values = {
  readonly platform?: readonly string[];
  readonly directory?: string;
  readonly pinned?: boolean;
  readonly repository?: string;
  readonly image?: string;
  readonly 'build-option'?: readonly string[];
};

function parse(args: readonly string[]): { values: Values; positionals: readonly string[] } {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        platform: { type: 'string', multiple: true },
        directory: { type: 'string' },
        pinned: { type: 'boolean' },
        repository: { type: 'string' },
        image: { type: 'string' },
        'build-option': { type: 'string', multiple: true },
      },
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new Refusal(`${reason}\n${usage}`);
  }
}

function readWord([given = 'all', ...more]: readonly string[]): Word {
  const word = words.find((known) => known === given);
  if (word === undefined || more.length > 0) {
    throw new Refusal(`'${[given, ...more].join(' ')}' is none of: ${words.join(', ')}\n${usage}`);
  }
  return word;
}

function readRepository(text: string | undefined): string {
  if (text !== undefined && /^[\w.-]+\/[\w.-]+$/.test(text)) return text;
  throw new Refusal(
    `Which repository's release? --repository=OWNER/NAME, or GITHUB_REPOSITORY, is ${text === undefined ? 'not set' : `'${text}'`}`,
  );
}
