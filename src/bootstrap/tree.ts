import type { PlannedBuild, PlannedSource } from './plan.ts';

type Item = PlannedBuild | PlannedSource;

/** A plan as a tree: a line for each package, and under it what it needs; what stands there twice, once. */
export function renderPlan(
  builds: readonly PlannedBuild[],
  describe: (item: Item) => string,
): readonly string[] {
  const shown = new Set<PlannedBuild>();
  function render(item: Item): readonly string[] {
    if (item.is === 'source') return [describe(item)];
    if (shown.has(item)) return [`${item.name}: see above`];
    shown.add(item);
    const needs = [...new Set(item.inputs.values())].map(render);
    return [
      describe(item),
      ...needs.flatMap((lines, index) => indent(lines, index < needs.length - 1)),
    ];
  }
  return builds.flatMap(render);
}

function indent(lines: readonly string[], isFollowed: boolean): readonly string[] {
  const [first, others] = isFollowed ? ['├── ', '│   '] : ['└── ', '    '];
  return lines.map((line, index) => `${index === 0 ? first : others}${line}`);
}
