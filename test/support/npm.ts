import { provideFromNpm } from '../../scripts/npm.ts';

/** Returns the directory of an npm that needs no other package, as Node's image has it. */
export function provideNpm(): Promise<string> {
  return provideFromNpm('npm@11.19.1', '');
}
