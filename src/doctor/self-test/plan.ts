import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { toText } from '../../store/framing.ts';
import { makeDerivation } from '../../store/derivation.ts';
import { makeStorePath } from '../../store/path.ts';

/** A build that hasn't been done before, with nothing but what we give to the daemon. */
export type Plan = {
  /** The program that builds, as an archive, and where it will be. */
  readonly archive: Buffer;
  readonly builder: string;
  /** The text that describes the build, and where that will be. */
  readonly text: string;
  readonly derivation: string;
  /** What is built. */
  readonly output: string;
};

/** The name that begins those of all items of ours. */
export const name = 'guix-entry-point-self-test';

/** Plans one; `file` is the program that is to build. */
export function planBuild(place: {
  readonly store: string;
  readonly system: string;
  readonly file: Buffer;
}): Plan {
  const { store, system, file } = place;
  // Of its own, too: another doctor's must not be taken away while that builds. What stands behind the
  // one segment of the program is not loaded.
  const archive = toArchive(Buffer.concat([file, randomBytes(16)]));
  const builder = makeStorePath(`source:sha256:${hash(archive)}`, {
    store,
    name: `${name}-builder`,
  });
  // Neither a substitute server nor another machine has anything to do with it.
  const variables = { allowSubstitutes: '', preferLocalBuild: '1', trial: randomUUID() };
  const recipe = { store, name, system, builder, sources: [builder], variables };
  const { path: derivation, text, output } = makeDerivation(recipe);
  return { archive, builder, text, derivation, output };
}

function hash(content: Buffer | string): string {
  return createHash('sha256').update(content).digest('hex');
}

/** An executable file as an archive of Guix (nar): lists of texts. */
function toArchive(file: Buffer): Buffer {
  const parts = ['nix-archive-1', '(', 'type', 'regular', 'executable', '', 'contents', file, ')'];
  return Buffer.concat(parts.map(toText));
}
