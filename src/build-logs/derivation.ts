import { readFileSync } from 'node:fs';

/** What a derivation makes and what it is made from, as paths in the store. */
export type Derivation = {
  readonly outputs: readonly string[];
  /** The derivations that are built before it. */
  readonly inputs: readonly string[];
};

/** Reads a derivation's file; one that is gone or isn't a derivation makes nothing. */
export function readDerivation(file: string): Derivation {
  try {
    return parseDerivation(readFileSync(file, 'latin1'));
  } catch {
    return { outputs: [], inputs: [] };
  }
}

/**
 * A derivation is an ATerm:
 * `Derive([("out","/gnu/store/…","",""),…],[("/gnu/store/….drv",["out",…]),…],[sources],…)`.
 */
export function parseDerivation(text: string): Derivation {
  const [, outputs = '', inputs = ''] =
    /^Derive\(\[(.*?)\],\[((?:\("[^"]*",\[[^\]]*\]\),?)*)\],\[/s.exec(text) ?? [];
  return {
    outputs: [...outputs.matchAll(/\("[^"]*","([^"]*)","[^"]*","[^"]*"\)/g)].map(pick),
    inputs: [...inputs.matchAll(/\("([^"]*)",\[/g)].map(pick),
  };
}

/**
 * The program that builds a derivation, which the ATerm names behind the sources and the system:
 * `…,[sources],"x86_64-linux","/gnu/store/…/bin/guile",[arguments],…`.
 */
export function readBuilder(file: string): string | undefined {
  try {
    return /\],"[^"]*","([^"]*)",\[/.exec(readFileSync(file, 'latin1'))?.[1];
  } catch {
    return undefined;
  }
}

function pick([, path = '']: RegExpExecArray): string {
  return path;
}
