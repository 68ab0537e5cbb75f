// Runs inside a world: times commands in turns, so that what disturbs the machine disturbs them all.
// Arguments: how many turns, then a JSON list of commands. Prints a JSON list of lists of milliseconds.
import { spawnSync } from 'node:child_process';

const [turns = '', commands = ''] = process.argv.slice(2);
const list: readonly (readonly string[])[] = JSON.parse(commands);
const times = list.map((): number[] => []);
for (let turn = -3; turn < Number(turns); turn++) {
  for (const [index, [program = '', ...words]] of list.entries()) {
    const begin = performance.now();
    const { status } = spawnSync(program, words, { stdio: 'ignore' });
    const milliseconds = performance.now() - begin;
    if (status !== 0) throw new Error(`${program} ended with status ${status}`);
    // The first turns warm the caches.
    if (turn >= 0) times[index]?.push(milliseconds);
  }
}
console.log(JSON.stringify(times));
