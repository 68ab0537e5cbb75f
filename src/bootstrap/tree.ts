import type { PlannedBuild, PlannedSource } from './plan.ts';

type Item = PlannedBuild | PlannedSource;

/** A plan as a tree: a line for each package, and under it what it needs; what stands there twice, once. */
export function renderPlan(
  builds: readonly PlannedBuild[],
  describe: (item: Item) => string,
): readonly string[] {
  const lines: string[] = [];
  const shown = new Set<Item>();
  function render(item: Item, { first, others }: Margin): void {
    if (shown.has(item)) return void lines.push(`${first}${item.name}: see above`);
    lines.push(`${first}${describe(item)}`);
    if (item.is === 'source') return;
    shown.add(item);
    const needs = [...new Set(item.inputs.values())];
    for (const need of needs) {
      const [branch, trunk] = need === needs.at(-1) ? ['└── ', '    '] : ['├── ', '│   '];
      render(need, { first: `${others}${branch}`, others: `${others}${trunk}` });
    }
  }
  for (const build of builds) render(build, { first: '', others: '' });
  return lines;
}

/** What stands before the line of an item, and before those under it. */
type Margin = { readonly first: string; readonly others: string };
