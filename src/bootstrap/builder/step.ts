import type { Position } from '../scheme/datum.ts';

/** What a build does. All that it depends on is known beforehand; a mode is in octal. */
export type Step = {
  readonly action: Procedure | 'invoke' | 'unpack';
  readonly words: readonly string[];
  readonly at: Position;
};

/** Steps that belong together. */
export type Phase = { readonly name: string; readonly steps: readonly Step[] };

/** The procedures that code of a build can call, with what each takes. */
export const procedures = {
  mkdir: '(mkdir DIRECTORY)',
  'mkdir-p': '(mkdir-p DIRECTORY)',
  'copy-file': '(copy-file FROM TO)',
  'copy-recursively': '(copy-recursively FROM TO)',
  'install-file': '(install-file FILE DIRECTORY)',
  'delete-file': '(delete-file FILE)',
  symlink: '(symlink TARGET LINK)',
  chmod: '(chmod FILE MODE)',
  chdir: '(chdir DIRECTORY)',
  setenv: '(setenv NAME VALUE)',
} as const;
export type Procedure = keyof typeof procedures;
