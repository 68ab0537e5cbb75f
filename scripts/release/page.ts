// The page of a release, by GitHub's API. It is a draft until all files are there.
import { openAsBlob } from 'node:fs';
import { path } from 'zx';
import { say } from '../script.ts';
import { hashFile } from '../hash.ts';
import { flakily, refuse, send } from './http.ts';
import type { Release } from './options.ts';
import { Refusal } from './refusal.ts';
import { Flaky, retry } from './retry.ts';

/** As much of a release as the API says and we read. */
type Page = {
  readonly id: number;
  readonly tag_name: string;
  readonly draft: boolean;
  /** With `{?name,label}` behind it. */
  readonly upload_url: string;
};

type PageFile = {
  readonly id: number;
  readonly name: string;
  /** `starter` where an upload broke off. */
  readonly state: 'uploaded' | 'starter';
  /** `sha256:…` */
  readonly digest: string | null;
};

export function requireToken({ token }: Release): void {
  if (token !== undefined && token !== '') return;
  throw new Refusal(
    'GITHUB_TOKEN is not set: publishing needs one that may write the contents of the repository',
  );
}

/** Whether the version has a page that everybody sees. */
export async function findPublished(release: Release): Promise<boolean> {
  const page = await findPage(release);
  return page !== undefined && !page.draft;
}

/** Refuses a file that is another on a page that everybody sees. */
export async function refuseOther(release: Release, name: string): Promise<void> {
  const page = await findPage(release);
  if (page === undefined || page.draft) return;
  await retry('page', () => compare(release, page, name));
}

/** Makes the page, brings these files there, and shows it; goes on where an earlier try stopped. */
export async function publish(release: Release, names: readonly string[]): Promise<void> {
  const page = await retry('page', async () => (await findPage(release)) ?? makeDraft(release));
  for (const name of names) {
    await retry(`upload of ${name}`, () => upload(release, page, name));
  }
  if (!page.draft) return;
  await call(release, `releases/${page.id}`, {
    method: 'PATCH',
    body: JSON.stringify({ draft: false, make_latest: 'true' }),
  });
  say(`published ${release.version}`);
}

/** A draft has no tag yet by which it could be asked for; it is among the newest. */
async function findPage(release: Release): Promise<Page | undefined> {
  const pages: readonly Page[] = JSON.parse(await call(release, 'releases?per_page=100'));
  return pages.find((page) => page.tag_name === release.version);
}

/** A try that failed may have made one all the same: each looks first. */
async function makeDraft(release: Release): Promise<Page> {
  const { version, commit } = release;
  const body = JSON.stringify({
    tag_name: version,
    target_commitish: commit,
    name: version,
    body: 'See docs/releases.md for what it has, and how to verify it.',
    draft: true,
  });
  return JSON.parse(await callOnce(release, 'releases', { method: 'POST', body }));
}

async function upload(release: Release, page: Page, name: string): Promise<void> {
  const { file, digest, found, isThere } = await compare(release, page, name);
  if (isThere) return;
  if (found !== undefined)
    await callOnce(release, `releases/assets/${found.id}`, { method: 'DELETE' });
  say(`upload of ${name}`);
  const url = `${page.upload_url.replace(/\{.*\}$/, '')}?name=${encodeURIComponent(name)}`;
  const response = await send(url, {
    method: 'POST',
    headers: { ...headersOf(release), 'content-type': 'application/octet-stream' },
    body: await openAsBlob(file),
  });
  refuse(url, response);
  const made: PageFile = JSON.parse(await flakily(url, () => response.text()));
  if (made.digest !== digest) throw new Flaky(`${name} arrived as another file (${made.digest})`);
}

type Comparison = {
  /** Ours. */
  readonly file: string;
  readonly digest: string;
  /** What the page has by its name, and whether it is the same. */
  readonly found: PageFile | undefined;
  readonly isThere: boolean;
};

/** A page that people see is never changed: what it has must be what we have. */
async function compare(release: Release, page: Page, name: string): Promise<Comparison> {
  const file = path.join(release.directory, 'files', name);
  const digest = `sha256:${await hashFile(file)}`;
  const listed = await callOnce(release, `releases/${page.id}/assets?per_page=100`);
  const files: readonly PageFile[] = JSON.parse(listed);
  const found = files.find((there) => there.name === name);
  const isThere = found?.state === 'uploaded' && found.digest === digest;
  if (isThere || page.draft) return { file, digest, found, isThere };
  throw new Refusal(
    `${release.version} is published with another ${name}, and a release is never changed`,
  );
}

function call(release: Release, what: string, options: RequestInit = {}): Promise<string> {
  return retry('page', () => callOnce(release, what, options));
}

async function callOnce(
  release: Release,
  what: string,
  options: RequestInit = {},
): Promise<string> {
  const url = `${release.api}/repos/${release.repository}/${what}`;
  const response = await send(url, { ...options, headers: headersOf(release) });
  if (response.status === 401 || response.status === 403) {
    throw new Refusal(
      `${url} answers with status ${response.status}: GITHUB_TOKEN may not do that`,
    );
  }
  refuse(url, response);
  return flakily(url, () => response.text());
}

function headersOf({ token }: Release): Readonly<Record<string, string>> {
  return {
    accept: 'application/vnd.github+json',
    'x-github-api-version': '2022-11-28',
    ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
  };
}
