/**
 * Tries one after the other until one comes to something: the next when the last one has failed, and
 * also when it is slower than hoped for (`hope`, in milliseconds), and then both go on. `undefined`
 * when all have failed.
 */
export function hedge<Try, Result>(
  tries: readonly Try[],
  { start, hope }: Attempt<Try, Result>,
): Promise<Result | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<Result | undefined>();
  let isOver = false;
  let begun = 0;
  let failed = 0;
  async function go(one: Try, turn: number): Promise<void> {
    const timer = setTimeout(() => goOnFrom(turn), hope(one));
    const result = await start(one).finally(() => clearTimeout(timer));
    if (result !== undefined) {
      isOver = true;
      resolve(result);
    } else if (++failed === tries.length) resolve(undefined);
    else goOnFrom(turn);
  }
  /** Whoever is not the last that set out has been followed already. */
  function goOnFrom(turn: number): void {
    const next = tries[turn];
    if (isOver || begun !== turn || next === undefined) return;
    begun++;
    go(next, begun).catch(reject);
  }
  if (tries.length === 0) resolve(undefined);
  goOnFrom(0);
  return promise;
}

type Attempt<Try, Result> = {
  /** `undefined`: it came to nothing. */
  readonly start: (one: Try) => Promise<Result | undefined>;
  readonly hope: (one: Try) => number;
};
