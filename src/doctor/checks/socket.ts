import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import { dirname } from 'node:path';
import type { Answer } from '../../daemon/readiness.ts';
import { renderSystemError } from '../../errors/system.ts';
import { quoteWords } from '../../events/quote.ts';
import { askDaemon, waitFor } from '../answers.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { findSocket } from '../own-daemon.ts';
import { nameOf } from '../owner.ts';

/** What stands where clients look for the daemon. */
export const socket: Check = {
  name: 'socket',
  title: 'what stands where clients look for the daemon',
  async examine(machine) {
    const path = findSocket(machine);
    const place = machine.socket;
    if (path === undefined) return [judge(await askDaemon(machine), place, machine)];
    const found = lstat(path);
    if (typeof found === 'string') return [secret(path, found)];
    if (found === undefined) return [examineDirectory(dirname(path), machine)];
    if (!found.isSocket()) return [occupied(path)];
    return [judge(await askDaemon(machine), path, machine), ...findIntruders(dirname(path))];
  },
};

function lstat(path: string): Stats | string | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    return renderSystemError(error);
  }
}

/** Debian's package of Nix lets only members of a group use it. */
function secret(path: string, reason: string): Finding {
  const text = `${path} can't be looked at: ${reason}`;
  const directory = statSync(dirname(path), { throwIfNoEntry: false });
  const group =
    directory && (directory.mode & 0o010) !== 0 ? nameOf(directory.gid, '/etc/group') : 'root';
  if (group === 'root') return { state: 'broken', text };
  return {
    state: 'broken',
    text,
    meaning: `Only members of the group '${group}' may use the daemon. Root makes somebody one, from their next login on:`,
    command: quoteWords([
      'usermod',
      '--append',
      '--groups',
      group,
      nameOf(process.geteuid?.() ?? 0, '/etc/passwd'),
    ]),
  };
}

const elsewhere = 'name another place: --daemon-socket=FILE';

function occupied(path: string): Finding {
  return {
    state: 'broken',
    text: `${path} is there, and is not a socket`,
    meaning: `A daemon would take it away, so none is started. Look at what it is and move it, or ${elsewhere}`,
    command: quoteWords(['ls', '-ld', path]),
  };
}

/** What the one there says. */
function judge(answer: Answer | undefined, place: string, { kind, options }: Machine): Finding {
  if (answer === undefined) {
    return {
      state: 'odd',
      text: `${place} is not looked at: it is behind ssh, and ${kind.client}'s own to reach`,
    };
  }
  if (answer.is === 'ready') {
    return { state: 'fine', text: `a daemon answers on ${place}; it is used and left alone` };
  }
  if (answer.is === 'absent') return absent(place);
  const reasons = {
    refused: answer.is === 'refused' ? answer.reason : '',
    failed: answer.is === 'failed' ? answer.reason : '',
    silent: `nothing within ${waitFor(options.daemonTimeout) / 1000} s`,
  };
  return {
    state: 'broken',
    text: `a daemon listens on ${place} and does not work: ${reasons[answer.is]}`,
    meaning: `See to it there, end it so that one of ours is started, or ${elsewhere}`,
    command: quoteWords(['ss', '--listening', '--processes', '--unix', 'src', place]),
  };
}

/** Left by a daemon that was killed. */
function absent(place: string): Finding {
  if (!existsSync(place)) {
    const meaning =
      'It is not ours to start: see to it there, or name another place by --daemon-socket.';
    return { state: 'broken', text: `no daemon answers on ${place}`, meaning };
  }
  return {
    state: 'odd',
    text: `nobody listens on ${place}: a daemon that was killed has left it`,
    meaning: 'A run takes it over; other clients find that the connection is refused. It can go:',
    command: quoteWords(['rm', place]),
    async fix() {
      rmSync(place);
    },
  };
}

/** Where nothing stands, a daemon has to be able to make a socket. */
function examineDirectory(directory: string, { socket: usual }: Machine): Finding {
  const there = findExisting(directory);
  try {
    accessSync(there, constants.W_OK | constants.X_OK);
  } catch (error) {
    return {
      state: 'broken',
      text: `no daemon listens in ${directory}, and none can be started there: ${there}: ${renderSystemError(error)}`,
      meaning: `Run this as root, or ${elsewhere}`,
      command: 'guix-entry-point --daemon-socket=/tmp/daemon …',
    };
  }
  return findIntruders(there)[0] ?? free(usual);
}

function free(place: string): Finding {
  return { state: 'fine', text: `${place} is free: a daemon is started for each run` };
}

function findExisting(directory: string): string {
  return existsSync(directory) || directory === '/' ? directory : findExisting(dirname(directory));
}

/** Who can write to the directory can put a socket of their own there. */
function findIntruders(directory: string): readonly Finding[] {
  const { mode } = statSync(directory);
  if ((mode & 0o002) === 0 || (mode & 0o1000) !== 0) return [];
  return [
    {
      state: 'odd',
      text: `everybody can write to ${directory}`,
      meaning: 'So anybody can put a daemon of their own in the place of yours.',
      command: quoteWords(['chmod', 'o-w', directory]),
    },
  ];
}
