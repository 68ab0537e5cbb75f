import { locateGuix } from '../../daemon/locate.ts';
import type { Check } from '../check.ts';
import { examineProgram } from '../program.ts';
import { errorToFinding } from '../words.ts';

/** The program that people use. */
export const guixClient: Check = {
  name: 'guix',
  title: 'the program guix and its version',
  async examine(machine) {
    try {
      return [await examineProgram(locateGuix(machine.environment), machine)];
    } catch (error) {
      return [errorToFinding(error, 'guix')];
    }
  },
};
