import { readFileSync } from 'node:fs';
import { path } from 'zx';
import { buildConfig } from '../../build.config.ts';
import { Refusal } from './refusal.ts';

/** A platform of the image, and what the same is called elsewhere. */
export type Platform = {
  /** As Docker has it. */
  readonly name: string;
  /** As Guix has it. */
  readonly system: string;
  readonly is32Bit: boolean;
};

const systems = readFileSync(path.join(import.meta.dirname, '../../image/systems'), 'utf8');

/** What the program is made for, the image is made for. */
export const platforms: readonly Platform[] = Object.entries(buildConfig.platforms).map(
  ([name, { arch }]) => ({
    name,
    system: findSystem(name),
    is32Bit: arch === 'ia32' || arch === 'arm',
  }),
);

function findSystem(name: string): string {
  const [, architecture] = name.split('/');
  const system = new RegExp(`^${architecture} +(\\S+)`, 'm').exec(systems)?.[1];
  if (system === undefined) throw new Error(`image/systems has no '${architecture}'`);
  return system;
}

/** The platforms of these names, of Docker's or of Guix's; all where there are none. */
export function findPlatforms(names: readonly string[]): readonly Platform[] {
  return names.length === 0 ? platforms : names.map(findPlatform);
}

function findPlatform(name: string): Platform {
  const found = platforms.find((platform) => platform.name === name || platform.system === name);
  if (found !== undefined) return found;
  const known = platforms.map((platform) => platform.name).join(', ');
  throw new Refusal(`There is no platform '${name}'. These are: ${known}`);
}
