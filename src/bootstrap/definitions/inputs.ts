import type { Datum } from '../scheme/datum.ts';
import { countYield } from '../scheme/limits.ts';
import { evaluate, type Scope } from './evaluate.ts';
import { storeName } from './origin.ts';
import type { Input } from './package.ts';
import { refuseValue, requireList, type Value } from './value.ts';

const allowed = 'a package, or ("LABEL" ,PACKAGE-OR-ORIGIN) in a quasiquote';

/** `(list hello tcc)`, or `` `(("hello" ,hello) ("tcc" ,tcc)) ``. */
export function readInputs(datum: Datum, scope: Scope): readonly Input[] {
  return requireList(evaluate(datum, scope), 'a list of packages').map(toInput);
}

function toInput(value: Value): Input {
  const input = readInput(value);
  countYield(value.at, input.label.length + pathLength);
  return input;
}

/** About as long as where an input is, which the derivation says of each. */
const pathLength = 64;

function readInput(value: Value): Input {
  if (value.is === 'package') return { label: value.value.name, of: value.value };
  const [label, of, output] = requireList(value, allowed);
  if (label?.is !== 'string') return refuseValue(label ?? value, allowed);
  if (of?.is !== 'package' && of?.is !== 'origin') return refuseValue(of ?? value, allowed);
  if (of.is === 'origin' && !storeName.test(label.value)) {
    return refuseValue(label, "a file's name: the source goes by it");
  }
  if (output !== undefined) return refuseValue(output, 'one output, which is "out", and not named');
  return { label: label.value, of: of.value };
}
