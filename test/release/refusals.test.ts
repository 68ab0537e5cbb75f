import { expect, test } from '../support/directory.ts';
import { release } from '../support/release.ts';
import { openReleasePage } from '../support/release-page.ts';

const amd64 = '--platform=linux/amd64';

test.for([
  [
    ['build', '--platform=linux/s390x'],
    {},
    "There is no platform 'linux/s390x'. These are: linux/amd64",
  ],
  [['biuld'], {}, "'biuld' is none of: plan, build, publish, all"],
  [['--plattform=x'], {}, "Unknown option '--plattform'"],
  [['publish'], { GITHUB_TOKEN: '' }, 'GITHUB_TOKEN is not set'],
  [['plan'], { GITHUB_TOKEN: 'wrong' }, 'GITHUB_TOKEN may not do that'],
  [['plan'], { GITHUB_REPOSITORY: 'r' }, "or GITHUB_REPOSITORY, is 'r'"],
  [['plan'], { SOURCE_DATE_EPOCH: 'now' }, "SOURCE_DATE_EPOCH is no time: 'now'"],
  [['publish'], {}, 'Nothing has been built to publish'],
] as const)('%j with %j is refused in a line', async ([words, env, told], { directory }) => {
  await using page = await openReleasePage();
  const outcome = await release(words, { page, directory, env });
  expect(outcome).toMatchObject({ status: 1, stdout: '' });
  expect(outcome.stderr).toContain(told);
  expect(outcome.stderr).not.toMatch(/^ {4}at /m);
});

test.for([
  ['{', 'is no JSON'],
  ['[]', 'it is no object'],
  ['{"s390x-linux":{}}', 's390x-linux: there is no such system'],
  ['{"x86_64-linux":{"url":"x"}}', "x86_64-linux: it has no 'url'"],
])('a last build.json that is %s is refused', async ([content, told], { directory }) => {
  await using page = await openReleasePage();
  page.pages.push({ id: 1, tag_name: 'v20260914', draft: false, upload_url: '', files: [] });
  page.contents.set('v20260914/build.json', Buffer.from(String(content)));
  const outcome = await release(['build', amd64], { page, directory });
  expect(outcome.status).toBe(1);
  expect(outcome.stderr).toContain(told);
  expect(outcome.stderr).not.toMatch(/^ {4}at /m);
});
