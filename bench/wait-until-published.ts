// Runs inside a world: waits until what its arguments, URLs of narinfos, describe is packed: until then
// `guix publish` doesn't know the size. Asking sets it to work.
import { setTimeout as delay } from 'node:timers/promises';

async function isPacked(url: string): Promise<boolean> {
  const answer = await fetch(url);
  return /^FileSize:/m.test(await answer.text());
}

for (const url of process.argv.slice(2)) {
  while (!(await isPacked(url))) await delay(50);
}
