import { locateDaemon } from '../../daemon/locate.ts';
import { findProfile } from '../../environment/profile.ts';
import type { Check } from '../check.ts';
import { examineProgram } from '../program.ts';
import { errorToFinding } from '../words.ts';

/** The program that a run would start. */
export const daemon: Check = {
  name: 'daemon',
  title: 'the program guix-daemon and its version',
  async examine(machine) {
    const { given, environment, options } = machine;
    const places = { profile: findProfile(given), path: environment['PATH'] };
    try {
      const program = locateDaemon({ named: options.daemonProgram, ...places });
      return [await examineProgram(program, machine)];
    } catch (error) {
      return [errorToFinding(error, 'guix-daemon')];
    }
  },
};
