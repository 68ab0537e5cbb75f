import { chooseDaemonAccount, type DaemonAccount, findIsolation } from '../../daemon/manner.ts';
import { parseAddress } from '../../daemon/address.ts';
import { EntryPointError, type Failure } from '../../errors/failure.ts';
import { explainObstacle } from '../../hints/obstacle.ts';
import { type Container, findContainer, spellOptions } from '../../machine/container.ts';
import { type Explanation, findBuildObstacle } from '../../machine/sandbox.ts';
import { askDaemon, judgeOurDaemon } from '../answers.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { wantsIsolation } from '../daemon.ts';
import { toFinding } from '../words.ts';

/** Whether builds can be isolated, by trying what the daemon will do. */
export const sandbox: Check = {
  name: 'sandbox',
  title: 'whether builds can be isolated, by trying',
  async examine(machine) {
    const account = findAccount(machine);
    if ('kind' in account) return [await judgeRefusal(account, machine)];
    const { given, environment } = machine;
    const container = findContainer(given);
    const less = account.isRoot ? findLess(container) : [];
    const worst = findBuildObstacle(account);
    if (worst !== undefined) {
      const found = explain("builds can't work", 'broken', explainObstacle(worst, container));
      return judgeOurDaemon([found, ...less], machine);
    }
    if (!wantsIsolation(machine)) {
      return [{ state: 'fine', text: 'that builds are isolated is not asked for' }];
    }
    const way = await findIsolation(account, environment);
    if (way.is === 'free') return [{ state: 'fine', text: 'builds can be isolated' }];
    const explanation = explainObstacle(way.obstacle, container);
    const { chroot, daemonOptions } = machine.options;
    const { isolation } = machine.kind;
    const insists =
      chroot === 'auto' && isolation.readSetting({ environment, daemonOptions }) === 'insists';
    // A run ends there if it insists, and each build if the settings do.
    const state = chroot === 'on' || insists ? 'broken' : 'odd';
    const found = explain("builds can't be isolated", state, {
      ...explanation,
      meaning: insists ? `${tellInsistence(machine)} ${explanation.meaning}` : explanation.meaning,
    });
    return judgeOurDaemon([found, ...less], machine);
  },
};

function tellInsistence({ kind: { isolation } }: Machine): string {
  return `By '${isolation.insistence}', each build fails then; --chroot=off has them go on without.`;
}

function explain(
  what: string,
  state: Finding['state'],
  { found, meaning, command }: Explanation,
): Finding {
  return { state, text: `${what}: ${found}`, meaning, command };
}

/** What the daemon of an ordinary user wants of a container: less than root's. */
function findLess(container: Container): readonly Finding[] {
  const spelling = spellOptions(container, 'sandbox of an ordinary user');
  if (spelling === undefined || container === 'BuildKit step') return [];
  return [
    {
      state: 'odd',
      text: "the daemon of an ordinary user who owns the store isolates builds with less than root's",
      meaning: `It needs no capability: use --daemon-user or be that user, and say so ${spelling.where}:`,
      command: spelling.command,
    },
  ];
}

/** As whom a daemon would be started here, or what keeps anybody from that. */
function findAccount({
  kind,
  socket: usual,
  environment,
  options,
}: Machine): DaemonAccount | Failure {
  const address = parseAddress(usual);
  const socket = address.at === 'file' ? address.path : kind.findSocket({});
  try {
    return chooseDaemonAccount({ kind, socket, daemonUser: options.daemonUser, environment });
  } catch (error) {
    if (!(error instanceof EntryPointError)) throw error;
    return error.failure;
  }
}

/** Who can't start a daemon can use one that runs. */
async function judgeRefusal(failure: Failure, machine: Machine): Promise<Finding> {
  const found = toFinding(failure);
  return machine.options.daemonUser === undefined && (await askDaemon(machine))?.is === 'ready'
    ? {
        state: 'fine',
        text: `${found.text}; whether the daemon that runs isolates builds is its own`,
      }
    : found;
}
