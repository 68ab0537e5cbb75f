import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { guixKeys } from '../daemon/guix.ts';
import { followAcl } from './acl-file.ts';
import { encodeBase32 } from './base32.ts';
import type { Dialect } from './dialect.ts';
import { readListed } from './list.ts';

/** The list is ours, and the keys are in a file. */
export const guixDialect: Dialect = {
  listServers: readListed,
  chooseForGateway: (servers) => servers,
  followKeys: ({ environment }) => followAcl(guixKeys.acl(environment)),
  // With `http_proxy`, Guile asks that proxy for our address, too: we stand in for it (relay.ts).
  behindGateway: (environment, url) =>
    environment['http_proxy'] ? { ...environment, http_proxy: url } : environment,
  // What Guix keeps of a server goes by its URL.
  async forget(environment, { url, wasAsked }) {
    if (!wasAsked) return;
    const { createHash } = await import('node:crypto');
    const name = encodeBase32(createHash('sha256').update(url).digest());
    rmSync(join(guixKeys.narinfoCache(environment), name), { recursive: true, force: true });
  },
};
