import { locateClient } from '../../daemon/locate.ts';
import { findProfile } from '../../environment/profile.ts';
import type { Check } from '../check.ts';
import { examineProgram } from '../program.ts';
import { errorToFinding } from '../words.ts';

/** The program that people use. */
export const guixClient: Check = {
  name: 'guix',
  title: 'the program guix and its version',
  async examine(machine) {
    const { given, environment } = machine;
    const places = { profile: findProfile(given), path: environment['PATH'] };
    try {
      return [await examineProgram(locateClient(places), machine)];
    } catch (error) {
      return [errorToFinding(error, 'guix')];
    }
  },
};
