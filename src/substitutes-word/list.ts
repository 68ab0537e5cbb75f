import { chooseDaemon } from '../daemon/choose.ts';
import type { Environment, Kind } from '../daemon/kind.ts';
import type { Report } from '../events/event.ts';
import { writeToStdout } from '../events/stdout.ts';
import { prepareToExitAtOnce } from '../processes/libc.ts';
import { isTerminal } from '../processes/terminal.ts';
import { dialects } from '../substitutes/dialect.ts';
import type { PublicKey } from '../substitutes/keys.ts';
import { listServers } from '../substitutes/list.ts';
import { makeRoomForLookUps } from '../substitutes/look-ups.ts';
import { findProxies } from '../substitutes/proxies.ts';
import { isHttpUrl } from '../substitutes/url.ts';
import type { Action } from './action.ts';
import { chooseItems } from './items.ts';
import { openProgress } from './progress.ts';
import { judge, type Judged, type Keys } from './judge.ts';
import { findKeyFiles, readKeys } from './keys.ts';
import { renderJson, renderTable } from './table.ts';

/** Measures the servers in force, and writes one line for each. */
export const listMeasured: Action = async ({ options }, { environment, report }) => {
  const { substituteUrls: urls, addedSubstituteUrls: added, daemonOptions, logFormat } = options;
  const { kind } = chooseDaemon(options, environment);
  const dialect = dialects[kind.name];
  const setUp = { environment, daemonOptions };
  const listed = listServers({ urls, added }, dialect.listServers(setUp));
  const servers = listed.filter(({ url }) => isHttpUrl(url));
  const keys = { files: readFiles(report), authorized: dialect.followKeys(setUp)() };
  const judged = await measure(servers, { kind, environment, keys });
  const lines =
    logFormat === 'json' ? judged.map(renderJson) : renderTable(judged, { heading: isTerminal(1) });
  writeToStdout(lines.map((line) => `${line}\n`).join(''));
  tellUnauthorized(judged, kind, report);
  if (!judged.some(({ isOfUse }) => isOfUse)) {
    const failure = {
      kind: 'no-server-answers',
      servers: servers.length,
      store: kind.store,
    } as const;
    report({ event: 'failure', failure });
  }
};

type Circumstances = {
  readonly kind: Kind;
  readonly environment: Environment;
  readonly keys: Keys;
};

async function measure(
  servers: ReturnType<typeof listServers>,
  { kind, environment, keys }: Circumstances,
): Promise<readonly Judged[]> {
  makeRoomForLookUps(servers.length);
  using progress = openProgress(servers.length, environment);
  const { measureServers } = await import('../substitutes/measure.ts');
  const measured = await measureServers(servers, {
    proxies: findProxies(environment),
    kind,
    trusted: keys.authorized,
    hashes: chooseItems(kind.store),
    progressed: progress.show,
  });
  if (measured.some(({ answers }) => !answers)) prepareToExitAtOnce();
  return measured.map((measurement) => judge(measurement, keys));
}

/** A file that holds none, or can't be read, is of no account here: 'authorize' tells what is wrong. */
function readFiles(report: Report): ReadonlyMap<string, PublicKey> {
  const keys = readKeys(findKeyFiles(report), () => {});
  return new Map(keys.map(({ name, publicKey }) => [name, publicKey]));
}

/** What to type so that what servers have is taken, once for each key. */
function tellUnauthorized(judged: readonly Judged[], { name: kind }: Kind, report: Report): void {
  const unauthorized = judged.filter(({ authorized }) => authorized === false);
  for (const [publicKey, those] of Map.groupBy(unauthorized, (one) => one.publicKey)) {
    if (publicKey === undefined) continue;
    const urls = those.map(({ server }) => server.url);
    report({ event: 'key-unauthorized', kind, urls, publicKey, key: those[0]?.key });
  }
}
