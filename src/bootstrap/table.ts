import type { Entry } from './manifest.ts';

/** Outputs as aligned lines without blanks inside their columns. */
export function renderTable(
  entries: readonly Entry[],
  { heading }: { readonly heading: boolean },
): string[] {
  const rows = entries.map(({ package: name, version, narHash, isChecked, hostTools, output }) => [
    `${name}-${version}`,
    narHash,
    isChecked ? 'checked' : 'unchecked',
    `.${output.slice(output.lastIndexOf('/store'))}`,
    hostTools.join(',') || '-',
  ]);
  if (heading) rows.unshift(['PACKAGE', 'NAR-HASH', 'CHECKED', 'OUTPUT', 'HOST-TOOLS']);
  const widths = (rows[0] ?? []).map((_, column) =>
    rows.reduce((widest, row) => Math.max(widest, row[column]?.length ?? 0), 0),
  );
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  );
}
