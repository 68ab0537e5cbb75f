import packageJson from '../package.json' with { type: 'json' };
import type { Target } from '../build.config.ts';
import { providePackageFile } from './npm.ts';

/** koffi's own names, where they tell more than Node's: of the calling convention. */
const conventions: Partial<Record<Target['arch'], string>> = {
  arm: 'armhf',
  ppc64: 'ppc64le',
  riscv64: 'riscv64d',
};

/** koffi's native part for a target, from the package that npm has for each platform. */
export function provideKoffi({ arch }: Target): Promise<string> {
  const name = `@koromix/koffi-linux-${arch}`;
  const file = `linux_${conventions[arch] ?? arch}/koffi.node`;
  return providePackageFile(name, packageJson.dependencies.koffi, file);
}
