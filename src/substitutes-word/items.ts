import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The hashes of some items of the store that servers may have, too: spread over it evenly, and
 * programs and libraries first, which are large and have been built by others.
 */
export function chooseItems(store: string, number = 12): readonly string[] {
  const items = listItems(store);
  const looked = sample(items, looks);
  const packages = looked.filter((name) =>
    ['bin', 'lib'].some((part) => existsSync(join(store, name, part))),
  );
  const others = looked.filter((name) => !packages.includes(name));
  const chosen = sample(packages, number);
  return [...chosen, ...sample(others, number - chosen.length)].map((name) => name.slice(0, 32));
}

/** A store can have 100,000 items, and each look takes time. */
const looks = 400;

function listItems(store: string): readonly string[] {
  try {
    return readdirSync(store).filter(
      (name) => /^[0-9a-z]{32}-/.test(name) && !neverServed.test(name),
    );
  } catch {
    // No store at all: nothing can be asked for.
    return [];
  }
}

/** What was not built, and what goes with a build that goes on. */
const neverServed = /\.(drv|lock|chroot|check|patch|scm)$/;

function sample<Item>(items: readonly Item[], number: number): readonly Item[] {
  const step = Math.max(items.length / number, 1);
  return items.filter((_, index) => index % step < 1).slice(0, number);
}
