/** What a build is for: as Guix calls the machine, and as GNU does. */
export type System = { readonly name: string; readonly triplet: string };

const systems: Readonly<Record<string, System>> = {
  x64: { name: 'x86_64-linux', triplet: 'x86_64-unknown-linux-gnu' },
  ia32: { name: 'i686-linux', triplet: 'i686-unknown-linux-gnu' },
  arm64: { name: 'aarch64-linux', triplet: 'aarch64-unknown-linux-gnu' },
  arm: { name: 'armhf-linux', triplet: 'arm-unknown-linux-gnueabihf' },
  ppc64: { name: 'powerpc64le-linux', triplet: 'powerpc64le-unknown-linux-gnu' },
  riscv64: { name: 'riscv64-linux', triplet: 'riscv64-unknown-linux-gnu' },
};

/** By what Node calls the machine. */
export function findSystem(arch: string): System {
  return systems[arch] ?? { name: `${arch}-linux`, triplet: `${arch}-unknown-linux-gnu` };
}
