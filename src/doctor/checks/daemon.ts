import { locateDaemon } from '../../daemon/locate.ts';
import type { Check } from '../check.ts';
import { examineProgram } from '../program.ts';
import { errorToFinding } from '../words.ts';

/** The program that a run would start. */
export const daemon: Check = {
  name: 'daemon',
  title: 'the program of the daemon and its version',
  async examine(machine) {
    const { kind, environment, options } = machine;
    try {
      const program = locateDaemon({ kind, named: options.daemonProgram, environment });
      return [await examineProgram(program, machine)];
    } catch (error) {
      return [errorToFinding(error, kind.program)];
    }
  },
};
