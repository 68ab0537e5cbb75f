// ci/gitlab.yml, whose job a stand-in for GitLab's runner sends to a real container as that does.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { path } from 'zx';
import type { Engine } from '../../scripts/engine.ts';
import type { Outcome } from '../../scripts/machine.ts';
import { expect, guixBuild, hello, helloPath, runLine, test } from '../support/containers.ts';
import { mapValues } from '../support/github.ts';
import { findYaml } from '../support/image-page.ts';
import { detectShell, takeMarkers } from '../support/gitlab.ts';

type Template = {
  readonly image: string;
  readonly variables: Readonly<Record<string, string>>;
  readonly cache: { readonly paths: readonly string[]; readonly when: string };
  readonly before_script: readonly string[];
  readonly after_script: readonly string[];
};

/** A file that uses the template. */
type User = {
  readonly include: string;
  readonly build: { readonly extends: string; readonly script: readonly string[] };
};

const file = path.join(import.meta.dirname, '../../ci/gitlab.yml');
const template = readTemplate();

/** `script` is the job's own, and what comes before it; `after` comes after it, whatever became of it. */
type Job = { readonly script: Outcome; readonly after: Outcome };

test('what the template caches is where its scripts save it', () => {
  expect(template.image).toBe('$GUIX_IMAGE');
  const places = template.cache.paths.map((place) => `$CI_PROJECT_DIR/${place}`);
  expect(places).toEqual([template.variables['GUIX_CACHE']]);
  expect(template.cache.when).toBe('always');
});

test.for(['guix-entry-point', 'guix-entry-point:rootless'])(
  '%s: a job runs as the script says; the next has its store',
  async (image, { engine }) => {
    const project = `$PWD/project-${image.replace(':', '-')}`;
    await runLine(engine, `mkdir --mode=777 ${project}`);
    const first = await runJob(engine, { image, project, script: [hello] });
    expect(first.script).toMatchObject({ status: 0 });
    expect(first.script.stderr).toContain('+ Cache: there is none yet\n');
    expect(first.script.stderr).toContain('successfully built /gnu/store/');
    expect(first.after).toMatchObject({ status: 0 });
    expect(first.after.stderr).toMatch(/\+ Cache: saved [1-9]\d* items of the store\n$/);

    const script = [hello, guixBuild('broken.scm'), 'echo never'];
    const second = await runJob(engine, { image, project, script });
    expect(second.script.status).toBe(1);
    // The first line is the name of the image's store.
    expect(second.script.stdout.replace(/^.*\n/, '')).toMatch(helloPath);
    expect(second.script.stderr).toMatch(/\+ Cache: restored [1-9]\d* items of the store\n/);
    expect(second.script.stderr).not.toContain('hello-2.12.drv');
    expect(takeMarkers(second.script.stderr).map(({ kind }) => kind)).toEqual(['start', 'end']);
    expect(second.after).toMatchObject({ status: 0 });
  },
);

test('docs/image.md has a file that works', async ({ engine }) => {
  const { include, build }: User = parse(findYaml('include:'));
  // Where the template says that it is.
  expect(readFileSync(file, 'utf8')).toContain(`#   include: ${include}\n`);
  expect(build.extends).toBe('.guix');
  const project = '$PWD/docs';
  await runLine(engine, `cp -r /fixtures/packages ${project} && chmod 777 ${project}`);
  const image = 'guix-entry-point';
  const { script } = await runJob(engine, { image, project, script: build.script });
  expect(script).toMatchObject({ status: 0 });
  expect(script.stdout.replace(/^.*\n/, '')).toMatch(helloPath);
});

test('an image of somebody else is refused', async ({ engine }) => {
  const { script } = await runJob(engine, { image: 'guix', project: '$PWD/other', script: ['ls'] });
  expect(script.status).toBe(1);
  expect(script.stderr).toContain('is none of guix-entry-point: it has no guix-store-cache\n');
});

test('a cache of the store of another image is told, and not used', async ({ engine }) => {
  const image = 'guix-entry-point';
  const project = '$PWD/project';
  await runLine(engine, `mkdir --mode=777 ${project}`);
  await runJob(engine, { image, project, script: [hello] });
  const line = `printf 'FROM ${image}\nRUN mkdir -p /gnu/store/other\n' | docker build --network=none --tag=other -`;
  expect(await runLine(engine, line)).toMatchObject({ status: 0 });
  const { script } = await runJob(engine, { image: 'other', project, script: [hello] });
  expect(script.status).toBe(0);
  expect(script.stderr).toContain('+ Cache: that of the store is of another image, and not used\n');
  expect(script.stderr).toContain('successfully built /gnu/store/');
});

type JobOptions = {
  readonly image: string;
  readonly project: string;
  readonly script: readonly string[];
};

/** The runner starts the job's container once for each of its two scripts. */
async function runJob(engine: Engine, { image, project, script }: JobOptions): Promise<Job> {
  const variables = { CI_PROJECT_DIR: '/builds/group/project', GITLAB_CI: 'true' };
  const expanded = mapValues(template.variables, (value) =>
    value.replace('$CI_PROJECT_DIR', variables.CI_PROJECT_DIR),
  );
  const pairs = Object.entries({ ...variables, ...expanded });
  const env = pairs.map(([name, value]) => `--env=${name}=${value}`).join(' ');
  const volume = `--volume="${project}:${variables.CI_PROJECT_DIR}"`;
  const create = `docker create -i --privileged --name=template ${env} ${volume} ${image}`;
  expect(await runLine(engine, `${create} sh -c "${detectShell}"`)).toMatchObject({ status: 0 });
  const send = (lines: readonly string[]): Promise<Outcome> => {
    const text = ['set -eo pipefail', 'cd "$CI_PROJECT_DIR"', ...lines, ''].join('\n');
    return runLine(engine, 'docker start --attach --interactive template', text);
  };
  const outcomes = {
    script: await send([...template.before_script, ...script]),
    after: await send(template.after_script),
  };
  expect(await engine.docker(['rm', 'template'])).toMatchObject({ status: 0 });
  return outcomes;
}

function readTemplate(): Template {
  const parsed: { readonly '.guix': Template } = parse(readFileSync(file, 'utf8'));
  return parsed['.guix'];
}
