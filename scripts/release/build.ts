import type { Entry } from './build-json.ts';
import type { Release } from './options.ts';
import type { Platform } from './platforms.ts';
import { path } from 'zx';

/** The part of a release that a platform has. */
export type Build = {
  readonly release: Release;
  readonly platform: Platform;
  /** What the last release has of it. */
  readonly last: Entry | undefined;
};

/** What people find of a platform on the page, and how it ends. */
const endings = {
  'guix-binary': 'tar.xz',
  'guix-cache': 'tar.gz',
  'guix-entry-point': 'tar.gz',
} as const;

/** Where such a file is, from the release's directory. */
export function nameFile({ release, platform }: Build, what: keyof typeof endings): string {
  return `files/${what}-${release.version}.${platform.system}.${endings[what]}`;
}

export function inDirectory({ release }: Build, file: string): string {
  return path.join(release.directory, file);
}
