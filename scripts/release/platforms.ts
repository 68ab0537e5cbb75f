import { Refusal } from './refusal.ts';

/** A platform of the image, and what the same is called elsewhere. */
export type Platform = {
  /** As Docker has it. */
  readonly name: string;
  /** As Guix has it. */
  readonly system: string;
  /** Git of a 32-bit user space can't read the home cache on every file system: it is on a tmpfs. */
  readonly hasSmallValues: boolean;
};

export const platforms: readonly Platform[] = [
  { name: 'linux/amd64', system: 'x86_64-linux', hasSmallValues: false },
  { name: 'linux/386', system: 'i686-linux', hasSmallValues: true },
  { name: 'linux/arm/v7', system: 'armhf-linux', hasSmallValues: true },
  { name: 'linux/arm64', system: 'aarch64-linux', hasSmallValues: false },
  { name: 'linux/ppc64le', system: 'powerpc64le-linux', hasSmallValues: false },
  { name: 'linux/riscv64', system: 'riscv64-linux', hasSmallValues: false },
];

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
