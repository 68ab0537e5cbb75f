import { findClient } from '../../daemon/locate.ts';
import type { Check } from '../check.ts';
import { examineProgram } from '../program.ts';

/** The program that people use. */
export const client: Check = {
  name: 'client',
  title: "the daemon's client, guix or nix, and its version",
  async examine(machine) {
    const { kind, environment } = machine;
    const program = findClient(kind, environment);
    if (program !== undefined) return [await examineProgram(program, machine)];
    return [
      {
        state: 'broken',
        text: `there is no ${kind.client}, neither in a profile nor on PATH`,
        meaning: `${kind.title} is not installed here, or its profile is not mounted. In Debian:`,
        command: `apt-get install ${kind.debianPackage}`,
      },
    ];
  },
};
