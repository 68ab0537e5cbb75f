import { once } from 'node:events';
import { closeSync } from 'node:fs';
import type { Socket } from 'node:net';
import { stripVTControlCharacters } from 'node:util';
import { EntryPointError } from '../errors/failure.ts';
import type { Report } from '../events/event.ts';
import type { Ending } from '../processes/ending.ts';
import { renderSystemError } from '../errors/system.ts';
import type { Kind } from './kind.ts';
import { loadNet } from '../processes/net.ts';
import { openPipe } from '../processes/pipes.ts';
import { readLink, signalProcess } from '../processes/proc.ts';
import { type Spawned, spawnProgram } from '../processes/spawn.ts';

/** A daemon that was started, whatever has become of it since. */
export type DaemonProcess = {
  readonly kind: Kind['name'];
  readonly program: string;
  readonly pid: number;
  readonly socket: string;
  /** The inode of that socket, once the daemon was seen to answer on it. */
  bound: number | undefined;
  /** The journal of the database that its sessions write; it is there while they do. */
  readonly journal: string;
  /**
   * What its stderr is in `/proc`. Its sessions inherit it and nobody else does, so they can be told
   * by it when their parent is gone.
   */
  readonly stderrLink: string;
  /** The group that it builds as; `undefined`: it builds as itself. */
  readonly buildUsersGroup: string | undefined;
  /** The main process ended; sessions may go on. */
  readonly ended: Promise<Ending>;
  /** The last process that could write to its output is gone, sessions included. */
  readonly closed: Promise<unknown>;
  readonly hasEnded: () => boolean;
  readonly kill: (signal: NodeJS.Signals) => void;
  /** The last lines of its output. */
  readonly words: () => readonly string[];
};

type Surroundings = {
  readonly kind: Kind['name'];
  /** What executes it, with arguments; none: we do. */
  readonly by: readonly string[];
  readonly socket: string;
  readonly journal: string;
  readonly buildUsersGroup: string | undefined;
  readonly environment: Readonly<Record<string, string>>;
  readonly report: Report;
};

/** Starts the program in a session of its own, out of reach of the terminal's ^C. */
export function spawnDaemon(
  program: string,
  given: readonly string[],
  surroundings: Surroundings,
): DaemonProcess {
  const { kind, by, socket, journal, buildUsersGroup, environment, report } = surroundings;
  const { readEnd, writeEnd } = openPipe();
  const { pid, ended } = execute([...by, program, ...given], environment, writeEnd);
  const { Socket } = loadNet();
  const output = new Socket({ fd: readEnd, readable: true, writable: false });
  report({ event: 'daemon-started', kind, daemon: pid, program, arguments: given });
  let hasEnded = false;
  return {
    kind,
    program,
    pid,
    socket,
    bound: undefined,
    journal,
    stderrLink: readLink('self', readEnd) ?? '',
    buildUsersGroup,
    ended: ended.finally(() => (hasEnded = true)),
    closed: once(output, 'close'),
    words: collectWords(output, (line) => report({ event: 'daemon-said', kind, line })),
    hasEnded: () => hasEnded,
    kill: (signal) => signalProcess(pid, signal),
  };
}

/** Of our pipe, the daemon and its sessions are to hold the only end to write to. */
function execute(
  words: readonly string[],
  environment: Surroundings['environment'],
  writeEnd: number,
): Spawned {
  const [program = ''] = words;
  try {
    return spawnProgram({
      file: program,
      arguments: words,
      directory: '/',
      environment,
      group: 'own session',
      descriptors: [
        [0, null],
        [1, writeEnd],
        [2, writeEnd],
      ],
    });
  } catch (cause) {
    const reason = renderSystemError(cause);
    throw new EntryPointError({ kind: 'daemon-not-executable', program, reason }, { cause });
  } finally {
    closeSync(writeEnd);
  }
}

/** A daemon talks on every connection: of that, the last lines are kept in case they matter. */
function collectWords(output: Socket, heard: (line: string) => void): () => readonly string[] {
  const kept: string[] = [];
  function keep(given: string): void {
    // Nix colours what it says to a pipe, too.
    const line = stripVTControlCharacters(given);
    heard(line);
    kept.push(line);
    if (kept.length > 20) kept.shift();
  }
  let rest = '';
  output.setEncoding('utf8');
  output.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    lines.forEach(keep);
  });
  output.on('end', () => {
    if (rest !== '') keep(rest);
  });
  return () => kept;
}
