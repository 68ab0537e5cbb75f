import { type Datum, headOf, type List, type Position, shorten } from '../scheme/datum.ts';
import { refuse, refuseDatum, requireCount } from '../scheme/refuse.ts';
import { requireName, type Scope } from './evaluate.ts';
import { checkModules } from './modules.ts';
import { buildSystems } from './package.ts';

/** What stands behind a name in a definition file. */
export type Definition = {
  readonly datum: Datum;
  readonly at: Position;
  readonly isPublic: boolean;
};

const allowed =
  '(define-public NAME EXPRESSION), (define NAME EXPRESSION), (define-module …), (use-modules …)';

/** What the names of a definition file can't stand for. */
export const reserved = [
  ...['define', 'define-public', 'define-module', 'use-modules', 'url-fetch'],
  ...buildSystems,
];

/** The definitions of a file by their names; `before`: the stage that it goes on with. */
export function collectDefinitions(
  data: readonly Datum[],
  { scope, before }: { readonly scope: Scope; readonly before: number | undefined },
): ReadonlyMap<string, Definition> {
  const defined = new Map<string, Definition>();
  for (const datum of data) {
    const head = headOf(datum);
    if (datum.is !== 'list' || head === undefined) return refuseDatum(datum, allowed);
    if (head === 'define-module' || head === 'use-modules') {
      checkModules(datum, before);
    } else if (head === 'define' || head === 'define-public') {
      const [name, definition] = readDefinition(datum, head, scope);
      if (defined.has(name)) {
        const found = `a second definition of ${shorten(name)}`;
        return refuse(definition.at, { found, allowed: 'each name once' });
      }
      defined.set(name, definition);
    } else {
      return refuseDatum(datum, allowed);
    }
  }
  return defined;
}

function readDefinition(
  list: List,
  head: 'define' | 'define-public',
  scope: Scope,
): readonly [name: string, definition: Definition] {
  const [variable = list, datum = list] = requireCount(list, `(${head} NAME EXPRESSION)`);
  const name = requireName(variable, scope, `a name: (${head} NAME EXPRESSION)`);
  return [name, { datum, at: variable.at, isPublic: head === 'define-public' }];
}
