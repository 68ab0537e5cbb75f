// action.yml, whose steps a stand-in for GitHub's runner takes (test/support/github-runner.ts), and
// whose container is a real one.
import { accessSync, constants, cpSync, existsSync, statSync, writeFileSync } from 'node:fs';
import { parse } from 'yaml';
import { path } from 'zx';
import type { Engine } from '../../scripts/engine.ts';
import { expect, guixBuild, hello, helloPath, runLine, test } from '../support/containers.ts';
import { takeCommands } from '../support/github.ts';
import { findYaml } from '../support/image-page.ts';
import {
  action,
  type Job,
  openRunner,
  repository,
  type Runner,
  runJob,
  runnerUser,
  type Step,
} from '../support/github-runner.ts';

const image = 'guix-entry-point';
type Workflow = { readonly jobs: { readonly build: { readonly steps: readonly Step[] } } };

const steps = action.runs.steps.filter(({ run }) => run !== undefined);

test('the steps name files that are there', () => {
  expect(action.runs.using).toBe('composite');
  expect(steps.map(({ shell }) => shell)).toEqual(['bash', 'bash', 'bash']);
  for (const { run = '' } of steps) {
    const [, file = ''] = /"\$GITHUB_ACTION_PATH\/(.*?)"/.exec(run) ?? [];
    accessSync(path.join(repository, file), constants.X_OK);
    expect(statSync(path.join(repository, file)).isFile()).toBe(true);
  }
});

test('the expressions name inputs and steps that are there', () => {
  const text = JSON.stringify(action);
  const names = (pattern: RegExp): string[] =>
    [...text.matchAll(pattern)].map(([, name = '']) => name);
  const inputs = new Set(names(/\binputs\.([\w-]+)/g));
  expect([...inputs].toSorted()).toEqual(Object.keys(action.inputs).toSorted());
  const ids = action.runs.steps.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(names(/\bsteps\.([\w-]+)/g)));
});

test('docs/image.md has a workflow that works', async ({ engine }) => {
  const runner = openRunner(engine, 'docs', 'metacall/guix');
  const { jobs }: Workflow = parse(findYaml('jobs:'));
  const used = jobs.build.steps.find(({ uses }) => uses === 'metacall/guix@main');
  const packages = path.join(repository, 'test/fixtures/packages');
  cpSync(packages, engine.at(runner.workspace), { recursive: true });
  const job = await runJob(runner, { image, ...used?.with });
  expectSuccess(job);
  expect(job.outcomes['run']?.stdout).toMatch(helloPath);
  const outputs = JSON.stringify(jobs).matchAll(/steps\.guix\.outputs\.(\w+)/g);
  expect(Object.keys(job.outputs)).toEqual(
    expect.arrayContaining([...outputs].map(([, name]) => name)),
  );
  await expectNoContainers(engine);
});

test('a script has what the inputs say, and its files belong to the runner', async ({ engine }) => {
  const runner = openRunner(engine, 'inputs');
  const run = `cd ..\nmkdir below/made\necho "$MINE" >"below/made/odd
name"\nprintf '%s\\n' "$PWD" "$SUBSTITUTE_URLS" "\${OTHER-unset}" "$RUNNER_TEMP"`;
  const made = { run: 'mkdir -p below', image, cache: 'false' };
  expectSuccess(await runJob(runner, made));
  const inputs = {
    ...made,
    run,
    env: 'MINE',
    'working-directory': 'below',
    'substitute-urls': 'https://one.example https://two.example',
  };
  const job = await runJob(runner, inputs, { MINE: 'x "y', OTHER: 'not told' });
  expectSuccess(job);
  expect(job.outcomes['run']?.stdout).toBe(
    `${runner.workspace}\nhttps://one.example https://two.example\nunset\n${runner.temp}\n`,
  );
  expect(job.outputs).toEqual({ 'cache-matched-key': '', logs: '' });
  expect(await listForeign(runner)).toBe('');
  const content = await runLine(engine, 'cat /runner/inputs/*/below/made/*');
  expect(content.stdout).toBe('x "y\n');
  await expectNoContainers(engine);
});

test.for([
  ['MetaCall/Guix', 'ghcr.io/metacall/guix:latest'],
  // `uses: ./`
  ['', 'ghcr.io/owner/name:latest'],
] as const)(
  "of an action of '%s', the image is %s",
  async ([repositoryOfAction, name], { engine }) => {
    const runner = openRunner(engine, `of-${repositoryOfAction}`, repositoryOfAction);
    expect(await engine.docker(['tag', image, name])).toMatchObject({ status: 0 });
    expectSuccess(await runJob(runner, { run: 'true', cache: 'false' }));
    // The other one isn't there, then.
    expect(await engine.docker(['rmi', name])).toMatchObject({ status: 0 });
  },
);

test('an image of somebody else is refused, and its container goes', async ({ engine }) => {
  const job = await runJob(openRunner(engine, 'foreign'), { image: 'guix', run: 'true' });
  expect(job.failed).toBe(true);
  expect(takeCommands(job.outcomes['start']?.stdout ?? '')).toMatchObject([
    { name: 'error', data: expect.stringMatching(/^The image guix has no guix-entry-point as /) },
  ]);
  await expectNoContainers(engine);
});

test('an ordinary user of an image has what is the runner’s, as long as the script runs', async ({
  engine,
}) => {
  const runner = openRunner(engine, 'rootless');
  const inputs = { image: 'guix-entry-point:rootless', cache: 'false' };
  expectSuccess(await runJob(runner, { ...inputs, run: 'echo echo works >tool' }));
  expect(await listForeign(runner)).toBe('');
  const run = `chmod +x tool && ./tool && rm tool && ${hello} && echo more >>"$GITHUB_STEP_SUMMARY"`;
  const summary = `${runner.temp}/summary`;
  const job = await runJob(runner, { ...inputs, run }, { GITHUB_STEP_SUMMARY: summary });
  expectSuccess(job);
  expect(job.outcomes['run']?.stdout).toMatch(/^works\n\/gnu\/store\/\S+-hello-2\.12\n$/);
  expect(await listForeign(runner)).toBe('');
  await expectNoContainers(engine);
});

test('a job that is cancelled gives back what is the runner’s', async ({ engine }) => {
  const runner = openRunner(engine, 'cancelled');
  const run = 'echo ready >made; exec sleep infinity';
  const inputs = { image: 'guix-entry-point:rootless', cache: 'false', run };
  const ending = runJob(runner, inputs);
  await expect.poll(() => existsSync(engine.at(`${runner.workspace}/made`))).toBe(true);
  await runLine(engine, "kill -TERM $(pgrep --oldest --full 'github-action.sh run')");
  const job = await ending;
  expect(job.outcomes['run']).toMatchObject({ status: 143 });
  expect(await listForeign(runner)).toBe('');
  await expectNoContainers(engine);
});

test('a script that fails ends the step with its status; the next job has its store', async ({
  engine,
}) => {
  const runner = openRunner(engine, 'caches');
  const failing = await runJob(runner, { image, run: `${hello}\nfalse | exit 3` });
  expect(failing).toMatchObject({ failed: true, outcomes: { run: { status: 3 } } });
  expect(failing.outcomes['run']?.stderr).toContain('building /gnu/store/');
  expect(runner.caches).toHaveLength(1);
  await expectNoContainers(engine);

  const [first = ''] = runner.caches;
  const broken = await runJob(runner, { image, run: `${hello}\n${guixBuild('broken.scm')}` });
  expect(broken).toMatchObject({
    failed: true,
    outcomes: { run: { status: 1 } },
    outputs: { 'cache-matched-key': first, logs: `${runner.temp}/guix-build-logs.tar.gz` },
  });
  const { stdout = '', stderr = '' } = broken.outcomes['run'] ?? {};
  expect(stdout).toMatch(/^\/gnu\/store\/[0-9a-z]{32}-hello-2\.12\n/);
  expect(stderr).toMatch(/^\+ Cache: restored [1-9]\d* items of the store\n/);
  expect(stderr).not.toContain('hello-2.12.drv');
  const commands = takeCommands(stderr).map(({ name }) => name);
  expect(commands).toEqual(expect.arrayContaining(['group', 'endgroup', 'error']));
  const archive = await runLine(engine, `tar --list --file=${broken.outputs['logs']}`);
  expect(archive.stdout).toContain('-broken-1.0.drv');
  expect(await listForeign(runner)).toBe('');
  expect(runner.caches).toHaveLength(2);

  // What is there already is not saved again.
  const again = await runJob(runner, { image, run: hello });
  expectSuccess(again);
  expect(again.outcomes['run']?.stderr).not.toContain('building /gnu/store/');
  expect(again.outputs['cache-matched-key']).toBe(runner.caches[1]);
  expect(runner.caches).toHaveLength(2);
  await expectNoContainers(engine);
});

test("channels: 'guix pull' with them comes before the script", async ({ engine }) => {
  const runner = openRunner(engine, 'channels');
  writeFileSync(engine.at(`${runner.workspace}/my channels.scm`), '(list %one)\n');
  const run = 'cat ~/.config/guix/channels.scm';
  const job = await runJob(runner, { image, run, channels: 'my channels.scm' });
  expectSuccess(job);
  expect(job.outcomes['run']?.stdout).toMatch(/^\/gnu\/store\/\S+-hello-2\.12\n\(list %one\)\n$/);
  expect(job.outcomes['run']?.stderr).toContain('+ guix pull\n');
  // Other channels: only the store of an image like this one is there to begin with.
  writeFileSync(engine.at(`${runner.workspace}/other.scm`), '(list %other)\n');
  const other = await runJob(runner, { image, run, channels: 'other.scm' });
  expectSuccess(other);
  expect(other.outputs['cache-matched-key']).toBe(runner.caches[0]);
  await expectNoContainers(engine);
});

test('channels that are not there: an error, and no container', async ({ engine }) => {
  const runner = openRunner(engine, 'none');
  const job = await runJob(runner, { image, run: 'true', channels: 'none.scm' });
  expect(job.failed).toBe(true);
  expect(Object.keys(job.outcomes)).toEqual(['start']);
  const { status, stdout = '', stderr } = job.outcomes['start'] ?? {};
  expect([status, stderr]).toEqual([1, '']);
  expect(takeCommands(stdout)).toMatchObject([
    {
      name: 'error',
      data: expect.stringMatching(/^The input 'channels' is none\.scm, and .* no such file/),
    },
  ]);
  await expectNoContainers(engine);
});

test('a container that cannot start fails the job and leaves nothing', async ({ engine }) => {
  const runner = openRunner(engine, 'options');
  const options = '--privileged --memory=no-size';
  const job = await runJob(runner, { image, run: 'true', options });
  expect(job.failed).toBe(true);
  expect(job.outcomes['start']?.stderr).toContain('no-size');
  await expectNoContainers(engine);
});

function expectSuccess({ failed, outcomes }: Job): void {
  expect({ failed, outcomes }).toEqual({ failed: false, outcomes: expect.anything() });
}

/** What belongs to others than the runner's user, who has to remove it. */
async function listForeign({ engine, workspace, temp }: Runner): Promise<string> {
  const own = `! -uid ${runnerUser} ! -name step.sh`;
  const { stdout } = await runLine(
    engine,
    `xargs -d '\\n' -I % find % ${own}`,
    `${workspace}\n${temp}\n`,
  );
  return stdout;
}

async function expectNoContainers(engine: Engine): Promise<void> {
  expect(await engine.docker(['ps', '--all', '--quiet'])).toMatchObject({ status: 0, stdout: '' });
}
