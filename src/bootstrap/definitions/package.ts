import type { Datum, Position } from '../scheme/datum.ts';

/** What is to be built, as a definition file says it. */
export type Package = {
  readonly is: 'package';
  readonly name: string;
  readonly version: string;
  readonly source: Origin | undefined;
  readonly buildSystem: BuildSystem;
  /** By their labels; native ones are no others. */
  readonly inputs: readonly Input[];
  /** What stands behind each keyword: code of the build, which is not looked at here. */
  readonly arguments: ReadonlyMap<string, Argument>;
  /** The NAR hash that its output must have. */
  readonly outputHash: Buffer | undefined;
  /** Which of the files that continue each other it stands in; its store goes by that. */
  readonly stage: number;
  /** How many packages the longest row has that ends with it, each needed by the next. */
  readonly row: number;
  readonly at: Position;
};

export type Argument = { readonly code: Datum; /** Where its keyword is. */ readonly at: Position };

export const buildSystems = ['gnu-build-system', 'trivial-build-system'] as const;
export type BuildSystem = (typeof buildSystems)[number];

/** A file that the user has fetched. */
export type Origin = {
  readonly is: 'origin';
  readonly fileName: string;
  readonly uris: readonly string[];
  readonly sha256: Buffer;
};

export type Input = { readonly label: string; readonly of: Package | Origin };

/** `hello-2.12`, as its output is called. */
export function fullName({ name, version }: Pick<Package, 'name' | 'version'>): string {
  return `${name}-${version}`;
}
