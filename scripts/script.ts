import { chalk } from 'zx';

/** Tells what a script does on its own account. */
export function say(text: string): void {
  console.error(chalk.dim(`» ${text}`));
}

/** Something that this machine lacks and that a script can't get by itself: no bug of ours. */
export class Missing extends Error {
  override readonly name = 'Missing';
}

/** Runs a script's work; what the machine lacks is told without a stack. */
export async function runScript(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Missing)) throw error;
    say(error.message);
    process.exitCode = 1;
  }
}

/** Mounts, name spaces, build users and apt packages are root's. */
export function requireRoot(): void {
  if (process.getuid?.() === 0) return;
  throw new Missing(
    'A real guix-daemon needs root: mounts, name spaces, build users and apt packages are set up here. Run the same command as root, or in a container started with --privileged.',
  );
}
