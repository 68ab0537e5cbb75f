import { type Datum, type List, shorten, writeDatum } from '../scheme/datum.ts';
import { refuse, refuseDatum } from '../scheme/refuse.ts';

// What a file says of modules is for Guix, which can read it, too. Here the language is all that there
// is, and of modules only those are taken that have something of it, or nothing that is evaluated.

const specification = '(MODULE…), or ((MODULE…) #:prefix NAME), or ((MODULE…) #:select (NAME…))';

/** Checks `(use-modules …)` or `(define-module …)`; `before`: the stage that this one continues. */
export function checkModules({ items }: List, before: number | undefined): void {
  const [head, ...rest] = items;
  if (head?.is === 'symbol' && head.name === 'use-modules') {
    return rest.forEach((module) => checkModule(module, before));
  }
  const [name, ...options] = rest;
  if (name !== undefined) requireModule(name);
  for (const [index, key] of options.entries()) {
    if (index % 2 === 1) continue;
    const value = options[index + 1];
    const keyword = key.is === 'keyword' ? key.name : undefined;
    if (value === undefined || (keyword !== 'use-module' && keyword !== 'export')) {
      refuseDatum(key, '#:use-module MODULE, #:export (NAME…)');
    }
    if (keyword === 'use-module') checkModule(value, before);
    else requireModule(value, '(NAME…)');
  }
}

/** Checks the modules that a build is to use: `((guix build utils))`. */
export function checkModuleList(datum: Datum): void {
  if (datum.is !== 'list') return refuseDatum(datum, '((guix build utils))');
  for (const module of datum.items) checkModule(module, undefined);
}

function checkModule(datum: Datum, before: number | undefined): void {
  const [first] = datum.is === 'list' ? datum.items : [];
  const module = first?.is === 'list' ? first : datum;
  requireModule(module);
  const name = writeDatum(module);
  if (/^\((guix|ice-9|srfi) |^\((guix|gnu packages)\)$/.test(name)) return;
  if (before !== undefined && name === `(bootstrap${before})`) return;
  const earlier = before === undefined ? '' : `, (bootstrap${before})`;
  refuse(module.at, {
    found: `the module ${shorten(name)}`,
    allowed: `(guix …), (gnu packages), (ice-9 …), (srfi …)${earlier}: packages are those of this file and of the stages before it`,
  });
}

function requireModule(datum: Datum, allowed = specification): void {
  if (datum.is !== 'list' || !datum.items.every(isPartOfName)) refuseDatum(datum, allowed);
}

/** `srfi-1`, or a number as in the names of Scheme's own libraries. */
function isPartOfName({ is }: Datum): boolean {
  return is === 'symbol' || is === 'integer';
}
