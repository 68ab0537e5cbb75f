// Runs inside a world: times commands in turns, so that what disturbs the machine disturbs them all.
// Arguments: how many turns, then a JSON list of commands. Prints a JSON list: of each command, a list of its turns.
import { spawnSync } from 'node:child_process';

/** Milliseconds; of a command that prints the seconds since the epoch, also those until and since then. */
export type Turn = { readonly whole: number; readonly until?: number; readonly since?: number };

const [turns = '', commands = ''] = process.argv.slice(2);
const list: readonly (readonly string[])[] = JSON.parse(commands);
const times = list.map((): Turn[] => []);
for (let turn = -3; turn < Number(turns); turn++) {
  for (const [index, command] of list.entries()) {
    const time = measure(command);
    // The first turns warm the caches.
    if (turn >= 0) times[index]?.push(time);
  }
}
console.log(JSON.stringify(times));

function measure([program = '', ...words]: readonly string[]): Turn {
  const begin = performance.timeOrigin + performance.now();
  const { status, stdout } = spawnSync(program, words, { stdio: ['ignore', 'pipe', 'ignore'] });
  const end = performance.timeOrigin + performance.now();
  if (status !== 0) throw new Error(`${program} ${words.join(' ')} ended with status ${status}`);
  const whole = end - begin;
  const told = /^\d{10}\.\d{6}\n$/.test(String(stdout)) ? Number(stdout) * 1000 : undefined;
  return told === undefined ? { whole } : { whole, until: told - begin, since: end - told };
}
