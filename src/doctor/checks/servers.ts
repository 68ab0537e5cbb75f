import { dialects } from '../../substitutes/dialect.ts';
import { listServers } from '../../substitutes/list.ts';
import { makeRoomForLookUps } from '../../substitutes/look-ups.ts';
import type { Measurement } from '../../substitutes/measure.ts';
import { findProxies } from '../../substitutes/proxies.ts';
import { isHttpUrl } from '../../substitutes/url.ts';
import type { Check, Finding } from '../check.ts';
import { errorToFinding, listSome } from '../words.ts';

/** Which substitute servers answer, found out within three seconds. */
export const servers: Check = {
  name: 'servers',
  title: 'whether the substitute servers answer, within 3 s',
  async examine({ kind, environment, options }) {
    if (options.substitutes === 'off') return [];
    const { substituteUrls: urls, addedSubstituteUrls: added, daemonOptions } = options;
    try {
      const known = dialects[kind.name].listServers({ environment, daemonOptions });
      const listed = listServers({ urls, added }, known).filter(({ url }) => isHttpUrl(url));
      if (listed.length === 0) return [none];
      makeRoomForLookUps(listed.length);
      const { measureServers } = await import('../../substitutes/measure.ts');
      const measured = await measureServers(listed, {
        proxies: findProxies(environment),
        kind,
        trusted: new Set(),
        // What they have is no question here.
        hashes: [],
        progressed() {},
      });
      return judge(measured);
    } catch (error) {
      return [errorToFinding(error, 'the substitute servers')];
    }
  },
};

const none: Finding = {
  state: 'odd',
  text: 'there are no substitute servers: the list is empty',
  meaning: 'Everything is built here. Name some:',
  command: 'guix-entry-point --substitute-urls=URLS …',
};

function judge(measured: readonly Measurement[]): readonly Finding[] {
  const [useful, useless] = [
    measured.filter(({ isOfUse }) => isOfUse),
    measured.filter(({ isOfUse }) => !isOfUse),
  ];
  const [fastest] = useful
    .filter(({ latency }) => latency !== undefined)
    .toSorted((one, other) => (one.latency ?? 0) - (other.latency ?? 0));
  const told = `${useful.length} of ${measured.length} substitute servers answer`;
  const first = `, the fastest ${fastest?.server.url} in ${fastest?.latency?.toFixed(0)} ms`;
  return [
    ...(useful.length === 0
      ? []
      : [{ state: 'fine', text: told + (fastest ? first : '') } as const]),
    ...(useless.length === 0 ? [] : [renderUseless(useless, useful.length === 0)]),
  ];
}

function renderUseless(useless: readonly Measurement[], isAll: boolean): Finding {
  const alike = Map.groupBy(useless, ({ problem }) => problem ?? 'of no use');
  const reasons = [...alike].map(
    ([problem, those]) => `${listSome(those.map(({ server }) => server.url))} (${problem})`,
  );
  return {
    state: isAll ? 'broken' : 'odd',
    text: `${isAll ? 'no substitute server answers' : 'of no use'}: ${reasons.join(', ')}`,
    meaning: isAll
      ? 'Everything is built here, and sources may not be had either. Look at the network, at http_proxy and https_proxy:'
      : 'A run goes around them; without its gateway each costs seconds. More about each:',
    command: 'guix-entry-point substitutes',
  };
}
