/** Where a build finds what it needs, and where it leaves what it makes. */
export type Where = {
  /** By their labels. */
  readonly inputs: ReadonlyMap<string, string>;
  readonly output: string;
};

/** The same as the tables that code of a build looks into. */
export function toTables({ inputs, output }: Where): {
  readonly inputs: ReadonlyMap<string, string>;
  readonly outputs: ReadonlyMap<string, string>;
} {
  return { inputs, outputs: new Map([['out', output]]) };
}
