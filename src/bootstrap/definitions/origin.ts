import type { Datum, List } from '../scheme/datum.ts';
import { countYield } from '../scheme/limits.ts';
import { refuse, refuseDatum } from '../scheme/refuse.ts';
import { toHash } from './core-forms.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { readFields, readText } from './fields.ts';
import type { Origin } from './package.ts';
import { refuseValue, requireList, requireText } from './value.ts';

/** `(origin (method url-fetch) (uri …) (sha256 (base32 "…")))`. */
export function evaluateOrigin(list: List, scope: Scope): Origin {
  const field = readFields(list, scope, ['method', 'uri', 'file-name', 'sha256']);
  const method = field('method', readMethod);
  const uris = field('uri', readUris) ?? [];
  const sha256 = field('sha256', (datum, inside) => toHash(evaluate(datum, inside)).value);
  if (method === undefined || sha256 === undefined) {
    return refuse(list.at, {
      found: 'an origin without all that tells it',
      allowed: '(origin (method url-fetch) (uri TEXT) (sha256 (base32 TEXT)))',
    });
  }
  const fileName =
    field('file-name', readFileName) ?? uris[0]?.replace(/[?#].*$/, '').replace(/^.*\//, '');
  if (fileName !== undefined && storeName.test(fileName))
    return { is: 'origin', fileName, uris, sha256 };
  return refuse(list.at, {
    found: `an origin whose uri does not end in a file's name`,
    allowed: 'one that does, or (file-name TEXT)',
  });
}

/** What a store takes for a name. */
export const storeName = /^(?!\.)[\w+.?=-]{1,160}$/;

function readMethod(datum: Datum): 'url-fetch' {
  if (datum.is === 'symbol' && datum.name === 'url-fetch') return 'url-fetch';
  return refuseDatum(datum, 'url-fetch');
}

function readUris(datum: Datum, scope: Scope): readonly string[] {
  const value = evaluate(datum, scope);
  if (value.is === 'string') return [value.value];
  return requireList(value, 'a text, or a list of them').map((uri) => {
    const text = requireText(uri, 'a text');
    countYield(value.at, text.length + 1);
    return text;
  });
}

function readFileName(datum: Datum, scope: Scope): string {
  const name = readText(datum, scope);
  return storeName.test(name) ? name : refuseDatum(datum, 'a name of letters, digits and +-._?=');
}

/** The origin, or a refusal; `#f` says that there is none. */
export function readSource(datum: Datum, scope: Scope): Origin | undefined {
  const value = evaluate(datum, scope);
  if (value.is === 'origin') return value.value;
  if (value.is === 'boolean' && !value.value) return undefined;
  return refuseValue(value, 'an origin, or #f');
}
