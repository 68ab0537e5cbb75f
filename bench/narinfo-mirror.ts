// Runs inside a world: a substitute server that has nothing but narinfos, all of them in memory. Arguments:
// its port; the URL of the server to copy; a file with a JSON list of hashes.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const [port = '', original = '', file = ''] = process.argv.slice(2);
const hashes: readonly string[] = JSON.parse(readFileSync(file, 'utf8'));
const narinfos = new Map<string | undefined, string>();
for (const hash of hashes) {
  const answer = await fetch(`${original}/${hash}.narinfo`);
  narinfos.set(`/${hash}.narinfo`, await answer.text());
}
createServer(({ url }, response) => {
  const text = narinfos.get(url);
  response.writeHead(text === undefined ? 404 : 200, { 'content-length': text?.length ?? 0 });
  response.end(text);
}).listen(Number(port), '127.0.0.1', () => console.log('ready'));
