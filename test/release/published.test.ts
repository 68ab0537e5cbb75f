import { expect, test } from '../support/directory.ts';
import { type Options, readCalls, release } from '../support/release.ts';
import { openReleasePage } from '../support/release-page.ts';

const platforms = ['--platform=linux/amd64', '--platform=linux/386'];

test('what is published is not changed by a platform that is built later', async ({
  directory,
}) => {
  await using page = await openReleasePage();
  const options: Options = { page, directory };
  const fails = { ...options, env: { FAIL: 'linux/386' } };
  expect(await release(platforms, fails)).toMatchObject({ status: 1 });
  const published = new Map(page.contents);
  expect(await release(['build', ...platforms], options)).toMatchObject({ status: 0 });
  const calls = readCalls(options).length;
  expect(await release(['publish', ...platforms], options)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringContaining('v20260921 is published with another build.json'),
  });
  expect(await release(platforms, options)).toMatchObject({
    status: 1,
    stdout: '',
    stderr: expect.stringMatching(/^» v20260921 is published, and a release is never changed\n$/),
  });
  expect(readCalls(options).slice(calls)).toEqual([]);
  expect(page.contents).toEqual(published);
});
