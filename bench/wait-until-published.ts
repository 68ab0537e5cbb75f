// Runs inside a world: waits until what the URL of a narinfo describes is packed: until then `guix
// publish` doesn't know the size. Asking sets it to work.
import { setTimeout as delay } from 'node:timers/promises';

const [url = ''] = process.argv.slice(2);

async function isPacked(): Promise<boolean> {
  const answer = await fetch(url);
  return /^FileSize:/m.test(await answer.text());
}

while (!(await isPacked())) await delay(50);
