import type { Report } from '../events/event.ts';
import { now } from '../processes/clock.ts';
import { ignoreSignal } from '../processes/libc.ts';
import {
  hasControllingTerminal,
  isInForeground,
  readProcess,
  signalProcess,
} from '../processes/proc.ts';
import { editsLines } from '../processes/terminal.ts';

// The policy.
//
// Before the command there is a run to call off: any signal that would end us does that.
//
// While the command runs, whatever we are sent is for it. Without a controlling terminal the command
// leads a process group, and the whole group is sent the signal. With one, the command is in our
// group, where a shell's job control wants it: the terminal sends ^C, ^\, ^Z and changes of its size
// to the whole foreground group, so the command has these already, and all other signals reach only
// us and are passed on to it. Nobody tells us who sent a signal: in the foreground, those of the
// terminal are taken for the terminal's.
//
// How the command takes a signal is its business, and we wait for it. But who asks twice means it: a
// second SIGTERM or SIGINT is SIGKILL for all that the command started. And SIGTERM can't be waited
// for without end, engines such as Docker kill after 10 s: after the grace time it is SIGKILL as well.
// What comes at once with the first belongs to it, and isn't passed on again: timeout(1) signals us,
// and then our whole group.
// Two SIGINT count only when they come quickly, and not while a program edits lines on the terminal:
// in a REPL or an editor ^C is a key like others. A prompt's shell ignores SIGTERM: it gets SIGHUP.
//
// What stops the command stops us, too, so that the shell that started us sees it.
//
// After the command signals change nothing: the teardown is what they ask for, and has time limits.

/** What would end us where nobody listens; what people and engines send is among them. */
const endingSignals = [
  ...(['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2', 'SIGALRM'] as const),
  ...(['SIGVTALRM', 'SIGPROF', 'SIGXCPU', 'SIGPWR', 'SIGIO', 'SIGSTKFLT'] as const),
  ...(['SIGABRT', 'SIGTRAP', 'SIGSYS'] as const),
];

/** What would not. */
const harmlessSignals = ['SIGCONT', 'SIGWINCH', 'SIGURG', 'SIGTSTP'] as const;

const passedSignals: readonly NodeJS.Signals[] = [...endingSignals, ...harmlessSignals];

/** With a terminal these are the kernel's, about who may use it, and their default is right. */
const backgroundSignals = ['SIGTTIN', 'SIGTTOU'] as const;

const stopping: ReadonlySet<NodeJS.Signals> = new Set(['SIGTSTP', ...backgroundSignals]);
const harmless: ReadonlySet<NodeJS.Signals> = new Set([...harmlessSignals, ...backgroundSignals]);

/** What a terminal, or the shell that it belongs to, sends to all of the foreground group. */
const terminalSignals: ReadonlySet<NodeJS.Signals> = new Set([
  ...(['SIGINT', 'SIGQUIT', 'SIGTSTP', 'SIGWINCH', 'SIGCONT'] as const),
]);

/** Node can't listen to these, and they would end us. Those below are the C library's own. */
const [firstRealTime, lastRealTime] = [34, 64];

/** A run was called off by a signal before its command began. */
export class Interruption extends Error {
  override readonly name = 'Interruption';
  readonly signal: NodeJS.Signals;

  constructor(signal: NodeJS.Signals) {
    super(`interrupted by ${signal}`);
    this.signal = signal;
  }
}

/** Whom signals are for. */
type Receiver = {
  readonly pid: number;
  /** It leads a process group of its own, and signals go to the whole group. */
  readonly ownGroup: boolean;
  /** An interactive shell: it ignores SIGTERM, and ends with its jobs by SIGHUP. */
  readonly isPrompt: boolean;
  /** SIGKILL for it and all that it started; returns whom it was sent to. */
  readonly kill: () => readonly number[];
};

/** The signals that this process gets, until its end, and whom they go to. */
export class Signals {
  readonly #report: Report;
  readonly #grace: number;
  readonly #controller = new AbortController();
  #receiver: Receiver | 'none yet' | 'gone' = 'none yet';
  #hungUp = false;
  /** What came before the command was there is told to us only now. */
  #isNew = false;
  /** The last SIGTERM or SIGINT that was for the command. */
  #asked: { readonly signal: NodeJS.Signals; readonly at: number } | undefined;
  #graceEnds: NodeJS.Timeout | undefined;

  /** The grace time is in seconds. */
  constructor({ report, grace }: { readonly report: Report; readonly grace: number }) {
    this.#report = report;
    this.#grace = grace;
    const background = hasControllingTerminal() ? [] : backgroundSignals;
    for (const signal of [...passedSignals, ...background]) process.on(signal, this.#receive);
    for (let signal = firstRealTime; signal <= lastRealTime; signal++) ignoreSignal(signal);
  }

  /** A prompt was ended for a SIGTERM, by the SIGHUP that it understands. */
  get hungUp(): boolean {
    return this.#hungUp;
  }

  /** Aborted, with an `Interruption` as its reason, by a signal that comes before the command. */
  get calledOff(): AbortSignal {
    return this.#controller.signal;
  }

  /** Until the command has ended, signals go to the receiver. */
  async passTo<Ending>(receiver: Receiver, ended: Promise<Ending>): Promise<Ending> {
    this.#receiver = receiver;
    this.#isNew = true;
    // Not this turn's look at what has come, but the next one's.
    setImmediate(() => setImmediate(() => (this.#isNew = false)));
    try {
      return await ended;
    } finally {
      this.#receiver = 'gone';
      clearTimeout(this.#graceEnds);
    }
  }

  readonly #receive = (signal: NodeJS.Signals): void => {
    const receiver = this.#receiver;
    if (typeof receiver === 'object') {
      this.#take(signal, receiver);
    } else if (receiver === 'none yet' && !harmless.has(signal)) {
      this.#report({ event: 'signal-received', signal, fate: 'stopping' });
      this.#controller.abort(new Interruption(signal));
    }
    if (stopping.has(signal)) {
      this.#stop(signal, typeof receiver === 'object' && receiver.ownGroup);
    }
  };

  #take(signal: NodeJS.Signals, receiver: Receiver): void {
    if (this.#isSameRequest(signal)) return;
    const isSecond = this.#isSecond(signal);
    if (!this.#isNew && hasIt(signal, receiver)) {
      this.#report({ event: 'signal-left', signal });
      if (isSecond) setTimeout(() => this.#escalateUnlessEdited(signal, receiver), reactionTakes);
    } else if (isSecond) {
      this.#escalate(signal, receiver);
    } else {
      this.#pass(signal, receiver);
      if (signal === 'SIGTERM') this.#startGrace(receiver);
    }
  }

  #escalate(signal: NodeJS.Signals, receiver: Receiver): void {
    this.#report({ event: 'signal-escalated', signal, pids: receiver.kill() });
  }

  /** Programs that edit lines give the terminal back for a moment when ^C interrupts them. */
  #escalateUnlessEdited(signal: NodeJS.Signals, receiver: Receiver): void {
    if (this.#receiver === receiver && !editsLines()) this.#escalate(signal, receiver);
  }

  #pass(signal: NodeJS.Signals, { pid, ownGroup, isPrompt }: Receiver): void {
    this.#report(
      harmless.has(signal)
        ? { event: 'signal-relayed', signal }
        : { event: 'signal-received', signal, fate: 'passed on' },
    );
    this.#hungUp ||= isPrompt && signal === 'SIGTERM';
    const sent = isPrompt && signal === 'SIGTERM' ? 'SIGHUP' : signal;
    const arrived = signalProcess(ownGroup ? -pid : pid, sent);
    if (!arrived) this.#report({ event: 'signal-undeliverable', signal });
  }

  /** timeout(1), make and others signal us, and then our whole group. */
  #isSameRequest(signal: NodeJS.Signals): boolean {
    return this.#asked?.signal === signal && now() - this.#asked.at < sameRequest;
  }

  #isSecond(signal: NodeJS.Signals): boolean {
    if (signal !== 'SIGTERM' && signal !== 'SIGINT') return false;
    const first = this.#asked;
    const passed = first === undefined ? Number.POSITIVE_INFINITY : now() - first.at;
    // Both may be sent at once, to be sure.
    if (passed < sameRequest) return false;
    this.#asked = { signal, at: now() };
    if (first === undefined) return false;
    return first.signal === 'SIGINT' && signal === 'SIGINT'
      ? passed <= doubleInterrupt
      : first.signal === 'SIGTERM' || passed <= interruptCounts;
  }

  #startGrace(receiver: Receiver): void {
    this.#graceEnds ??= setTimeout(() => {
      const pids = receiver.kill();
      const overdue = { what: 'The command', pids, seconds: this.#grace };
      this.#report({ event: 'stop-overdue', ...overdue, signal: 'SIGKILL' });
    }, this.#grace * 1000);
  }

  /**
   * As the default would: the shell that started us is to see that we stopped. The default spares a
   * process group that no shell looks after; when a command that leads its own has stopped, so do we.
   */
  #stop(signal: NodeJS.Signals, ownGroup: boolean): void {
    process.off(signal, this.#receive);
    process.kill(process.pid, ownGroup ? 'SIGSTOP' : signal);
    process.on(signal, this.#receive);
  }
}

/** Whether the command has been sent it, too. */
function hasIt(signal: NodeJS.Signals, { pid, ownGroup }: Receiver): boolean {
  if (ownGroup || !terminalSignals.has(signal)) return false;
  // A shell's `bg` continues the whole group, wherever it is.
  return signal === 'SIGCONT' ? readProcess(pid)?.state !== 'T' : isInForeground();
}

/** How close together what is sent to us and to our group comes. */
const sameRequest = 100; // ms
/** How soon one SIGINT comes after another that is meant to be the second. */
const doubleInterrupt = 2000; // ms
/** How long a command may take to react to a second ^C of the terminal. */
const reactionTakes = 300; // ms
/** For how long after a SIGINT a SIGTERM is the second; GitHub Actions takes 7.5 s. */
const interruptCounts = 10_000; // ms
