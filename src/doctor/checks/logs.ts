import { accessSync, constants, existsSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { renderSystemError } from '../../errors/system.ts';
import { quoteWords } from '../../events/quote.ts';
import { findMount } from '../../machine/mounts.ts';
import type { Check, Finding } from '../check.ts';
import { findOwner, nameOf } from '../owner.ts';

/** Whether the daemon can write its build logs. */
export const logs: Check = {
  name: 'logs',
  title: 'the directory of the build logs',
  examine(machine) {
    const directory = machine.kind.logDirectory(machine.environment);
    const place = findExisting(directory);
    const owner = findOwner(machine);
    const found = statSync(place);
    if (!found.isDirectory()) return [occupied(directory, place)];
    const { uid } = found;
    if (owner !== undefined && !owner.isRoot && uid !== owner.id) {
      const text = `${directory} is ${nameOf(uid, '/etc/passwd')}'s, and is written by a daemon of theirs`;
      return [{ state: 'fine', text }];
    }
    return [examineOurs(directory, place)];
  },
};

/** The daemon makes what is missing of it. */
function findExisting(directory: string): string {
  return existsSync(directory) ? directory : findExisting(dirname(directory));
}

function occupied(directory: string, place: string): Finding {
  return {
    state: 'broken',
    text: `${directory} can't be made: ${place} is no directory`,
    meaning:
      'Each build fails, because the daemon can write no log of it. Look at what it is, and move it:',
    command: quoteWords(['ls', '-ld', place]),
  };
}

function examineOurs(directory: string, place: string): Finding {
  try {
    accessSync(place, constants.W_OK);
  } catch (error) {
    const point = findMount(place)?.point ?? place;
    return {
      state: 'broken',
      text: `${directory} can't be written to: ${renderSystemError(error)}`,
      meaning: 'Each build fails, because the daemon can write no log of it.',
      command: quoteWords(['mount', '-o', 'remount,rw', point]),
    };
  }
  const text = place === directory ? 'is writable' : 'is not there yet; the daemon makes it';
  return { state: 'fine', text: `${directory} ${text}` };
}
