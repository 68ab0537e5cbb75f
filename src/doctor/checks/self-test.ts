import { parseAddress, toConnectOptions } from '../../daemon/address.ts';
import { chooseDaemonAccount } from '../../daemon/manner.ts';
import { EntryPointError, type Failure } from '../../errors/failure.ts';
import { quoteWords } from '../../events/quote.ts';
import type { Report } from '../../events/event.ts';
import { askDaemon, judgeOurDaemon } from '../answers.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { openHints } from '../../hints/open.ts';
import { explainFailedBuild, toPlace } from '../explain.ts';
import { findGivenTo } from '../owner.ts';
import { findSocket, startOwnDaemon } from '../own-daemon.ts';
import { type Outcome, tryBuild } from '../self-test/outcome.ts';
import { makeProgram } from '../self-test/program.ts';
import { toFinding } from '../words.ts';

/** Whether builds work, by building something in the real daemon. */
export const selfTest: Check = {
  name: 'self-test',
  title: 'a tiny build in the real daemon, with a sandbox and without, within 10 s',
  async examine(machine) {
    const program = makeProgram(process.arch);
    if (program === undefined) {
      return [{ state: 'odd', text: `there is no build for ${process.arch} to try` }];
    }
    const test: Test = { ...program, machine };
    const socket = findSocket(machine);
    if (socket === undefined) return underTheirs(test);
    const other = findGivenTo(machine);
    if (other !== undefined) return [notTried(other)];
    const refusal = findRefusal(socket, machine);
    const ours = refusal === undefined ? await underOurs(socket, test) : [toFinding(refusal)];
    if (ours.some(({ state }) => state === 'fine') || (await askDaemon(machine))?.is !== 'ready') {
      return ours;
    }
    // Where a daemon of ours can't work at all, the one that runs decides.
    const theirs = await underTheirs(test);
    return refusal === undefined ? [...(await judgeOurDaemon(ours, machine)), ...theirs] : theirs;
  },
};

/** A test must not change whose the store is. */
function notTried(user: string): Finding {
  return {
    state: 'odd',
    text: `no build is tried: root's daemon would take the store away from ${user}`,
    meaning: 'To try with a daemon of theirs:',
    command: quoteWords(['guix-entry-point', 'doctor', 'self-test', `--daemon-user=${user}`]),
  };
}

type Test = {
  readonly system: string;
  readonly file: Buffer;
  readonly machine: Machine;
};

/** Why no daemon can be started by us: then one that runs can be used at most. */
function findRefusal(socket: string, { kind, environment, options }: Machine): Failure | undefined {
  try {
    chooseDaemonAccount({ kind, socket, environment, daemonUser: options.daemonUser });
    return undefined;
  } catch (error) {
    if (!(error instanceof EntryPointError)) throw error;
    return error.failure;
  }
}

async function underTheirs(test: Test): Promise<readonly Finding[]> {
  const { machine } = test;
  const address = parseAddress(machine.socket);
  if (address.at === 'elsewhere') {
    return [
      {
        state: 'odd',
        text: `no build is tried: ${machine.socket} is ${machine.kind.client}'s own to reach`,
      },
    ];
  }
  const outcome = await tryBuild(toConnectOptions(address), test);
  const what = 'a build in the daemon that runs';
  return [await judge(what, outcome, { state: 'broken', machine })];
}

/** With a sandbox and without, a daemon each. */
async function underOurs(socket: string, test: Test): Promise<readonly Finding[]> {
  const { machine } = test;
  const isolated = await tryUnderOurs(socket, true, test);
  machine.signal.throwIfAborted();
  const open = await tryUnderOurs(socket, false, test);
  // What keeps a daemon from working does so either way.
  if ('kind' in isolated) return [toFinding(isolated)];
  if ('kind' in open) return [toFinding(open)];
  const { chroot } = machine.options;
  // Where one way works, only who insists on the other has no builds.
  const isolatedState = open.is === 'worked' && chroot !== 'on' ? 'odd' : 'broken';
  const openState = isolated.is === 'worked' && chroot !== 'off' ? 'odd' : 'broken';
  return [
    await judge('a build with a sandbox', isolated, { state: isolatedState, machine }),
    await judge('a build without a sandbox', open, { state: openState, machine }),
  ];
}

/** With the arguments of the daemon, if it was ours. */
type Tried = Outcome & { readonly daemonArguments?: readonly string[] };

async function tryUnderOurs(
  socket: string,
  isolates: boolean,
  test: Test,
): Promise<Tried | Failure> {
  const hints = openHints(test.machine.report, test.machine.kind);
  let daemonArguments: readonly string[] = [];
  const report: Report = (event) => {
    if (event.event === 'daemon-started') daemonArguments = event.arguments;
    hints.report(event);
  };
  const machine = { ...test.machine, report };
  try {
    await using daemon = await startOwnDaemon(machine, {
      socket,
      isolates,
      timeout: startTakes,
    }).catch((error: unknown) => hints.explain(error, () => toPlace(machine)));
    return { ...(await tryBuild({ path: daemon.socket }, test)), daemonArguments };
  } catch (error) {
    if (error instanceof EntryPointError) return error.failure;
    throw error;
  }
}

/** How long a daemon may take until it answers, in seconds. */
const startTakes = 5;

type Worked = Extract<Outcome, { is: 'worked' }>;
type Verdict = { readonly state: Finding['state']; readonly machine: Machine };

function judge(what: string, tried: Tried, verdict: Verdict): Finding | Promise<Finding> {
  return tried.is === 'worked' ? works(what, tried, verdict.machine) : fails(what, tried, verdict);
}

function works(what: string, { milliseconds, left }: Worked, { kind }: Machine): Finding {
  const text = `${what} works, in ${milliseconds.toFixed(0)} ms`;
  if (left === undefined) return { state: 'fine', text };
  return {
    state: 'odd',
    text: `${text}; what it made stays in the store: ${left}`,
    meaning: 'These are a few hundred bytes, that garbage collection takes away:',
    command: `guix-entry-point ${kind.commands.collectGarbage}`,
  };
}

async function fails(
  what: string,
  { words, daemonArguments }: Extract<Tried, { is: 'failed' }>,
  { state, machine }: Verdict,
): Promise<Finding> {
  const [first, ...rest] = words;
  const explained = await explainFailedBuild({ words, daemonArguments }, machine);
  const meaning = [...rest, explained.meaning ?? ''].filter(Boolean).join('\n');
  const { command } = explained;
  return {
    state,
    text: `${what} fails: ${first}`,
    meaning,
    ...(command !== undefined && { command }),
  };
}
