import type { Account } from '../../daemon/account.ts';
import { chooseDaemonAccount, findIsolation } from '../../daemon/manner.ts';
import { parseAddress } from '../../daemon/address.ts';
import { EntryPointError } from '../../errors/failure.ts';
import { explainObstacle } from '../../hints/obstacle.ts';
import { findContainer } from '../../machine/container.ts';
import { findBuildObstacle, type Obstacle } from '../../machine/sandbox.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { toFinding } from '../words.ts';

/** Whether builds can be isolated, by trying what the daemon will do. */
export const sandbox: Check = {
  name: 'sandbox',
  title: 'whether builds can be isolated, by trying',
  async examine(machine) {
    const account = findAccount(machine);
    if ('state' in account) return [account];
    const { given, environment } = machine;
    const tell = (obstacle: Obstacle): Pick<Finding, 'meaning' | 'command'> & { found: string } =>
      explainObstacle(obstacle, findContainer(given));
    const worst = findBuildObstacle(account);
    if (worst !== undefined) {
      const { found, ...what } = tell(worst);
      return [{ state: 'broken', text: `builds can't work: ${found}`, ...what }];
    }
    const way = await findIsolation(account, environment);
    if (way.is === 'free') return [{ state: 'fine', text: 'builds can be isolated' }];
    const { found, ...what } = tell(way.obstacle);
    return [{ state: 'odd', text: `builds can't be isolated: ${found}`, ...what }];
  },
};

/** As whom a daemon would be started here, or what keeps anybody from that. */
function findAccount({ environment, options }: Machine): Account | Finding {
  const address = parseAddress(options.daemonSocket);
  const socket = address.at === 'file' ? address.path : '/var/guix/daemon-socket/socket';
  try {
    return chooseDaemonAccount({ socket, daemonUser: options.daemonUser, environment });
  } catch (error) {
    if (!(error instanceof EntryPointError)) throw error;
    return toFinding(error.failure);
  }
}
