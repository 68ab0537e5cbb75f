import type { TestProject } from 'vitest/node';
import type { Platform } from '../../build.config.ts';
import { thisPlatform } from '../../scripts/emulation.ts';
import { provideImages } from '../../scripts/images.ts';

declare module 'vitest' {
  // oxlint-disable-next-line typescript/consistent-type-definitions -- it is merged with vitest's own
  interface ProvidedContext {
    /** Of the images that the tests of a project run in; this machine's own unless told otherwise. */
    readonly platform?: Platform;
    readonly images: { readonly platform: Platform; readonly storage: string };
  }
}

/** Builds the images of a project once, before its tests. */
export default async function setup(project: TestProject): Promise<void> {
  const { platform = thisPlatform } = project.getProvidedContext();
  project.provide('images', { platform, storage: await provideImages(platform) });
}
