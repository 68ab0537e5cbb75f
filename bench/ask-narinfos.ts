// Runs inside a world: asks a substitute server for narinfos as Guix does, all of them on one connection
// without waiting for answers. Arguments: the server's URL, or `gateway` for the one that the daemon
// was given; a file with a JSON list of hashes. Prints milliseconds.
import { globSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';

const [server = '', file = ''] = process.argv.slice(2);
const hashes: readonly string[] = JSON.parse(readFileSync(file, 'utf8'));
const { host, hostname, port, pathname } = new URL(server === 'gateway' ? findGateway() : server);
const prefix = pathname.replace(/\/$/, '');

/** It is an argument of the daemon. */
function findGateway(): string {
  const commands = globSync('/proc/[0-9]*/cmdline').map((path) => readFileSync(path, 'latin1'));
  const url = /--substitute-urls=([^\0]+)/.exec(commands.join(''))?.[1];
  if (url === undefined) throw new Error('there is no gateway');
  return url;
}

/** Milliseconds until as many answers are there as files were asked for. */
function ask(files: readonly string[]): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>();
  const begin = performance.now();
  const socket = connect({ host: hostname, port: Number(port) });
  let found = 0;
  let rest = '';
  socket
    .setEncoding('latin1')
    .on('error', reject)
    .on('close', () => reject(new Error('closed')));
  socket.on('data', (text: string) => {
    const lines = `${rest}${text}`.split('\n');
    rest = lines.pop() ?? '';
    const refusal = lines.find((line) => /^HTTP\/1.1 (?!200)/.test(line));
    if (refusal !== undefined) reject(new Error(refusal));
    found += lines.filter((line) => line.startsWith('Signature: ')).length;
    if (found < files.length) return;
    resolve(performance.now() - begin);
    socket.destroy();
  });
  socket.write(
    files.map((path) => `GET ${prefix}/${path} HTTP/1.1\r\nHost: ${host}\r\n\r\n`).join(''),
  );
  return promise;
}

// What a first client pays for is measured elsewhere.
const [first = '', ...others] = hashes.map((hash) => `${hash}.narinfo`);
await ask([first]);
console.log(await ask(others));
