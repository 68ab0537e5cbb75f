// What has been made isn't made again, and what is half made doesn't count.
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm } from 'node:fs/promises';
import { path } from 'zx';
import { say } from '../script.ts';
import { hashFile } from '../hash.ts';
import { writeWhole } from './files.ts';

/** One thing that a release needs. */
export type Step = {
  readonly name: string;
  /** All that decides what comes out: values, and hashes of files. */
  readonly inputs: unknown;
  /** The files that come out, from the release's directory. */
  readonly outputs: readonly string[];
  /** Makes them, each where `at` says. */
  readonly make: (at: (output: string) => string) => Promise<void>;
};

/** What is known of a step that was made: the hash of its inputs, and of each output. */
type Made = { readonly inputs: string; readonly outputs: Readonly<Record<string, string>> };

/** Makes what a step makes, unless it is there, of the same inputs. */
export async function runStep(directory: string, step: Step): Promise<void> {
  const record = path.join(directory, 'steps', `${step.name.replaceAll(/[ /]/g, '-')}.json`);
  const inputs = createHash('sha256').update(JSON.stringify(step.inputs)).digest('hex');
  if (await isMade(directory, { record, inputs, step })) {
    say(`${step.name}: is there`);
    return;
  }
  say(step.name);
  const beside = path.join(directory, 'unfinished', String(process.pid));
  const at = (output: string): string => path.join(beside, output);
  try {
    for (const output of step.outputs) await mkdir(path.dirname(at(output)), { recursive: true });
    await step.make(at);
    const outputs = await hashOutputs(beside, step.outputs);
    for (const output of step.outputs) await move(at(output), path.join(directory, output));
    // Last: until it is there, the step hasn't been made.
    await writeWhole(record, `${JSON.stringify({ inputs, outputs } satisfies Made)}\n`);
  } finally {
    await rm(beside, { recursive: true, force: true });
  }
}

async function isMade(
  directory: string,
  {
    record,
    inputs,
    step,
  }: { readonly record: string; readonly inputs: string; readonly step: Step },
): Promise<boolean> {
  const files = step.outputs.map((output) => path.join(directory, output));
  if (![record, ...files].every((file) => existsSync(file))) return false;
  const made: Made = JSON.parse(await readFile(record, 'utf8'));
  const outputs = await hashOutputs(directory, step.outputs);
  return made.inputs === inputs && JSON.stringify(made.outputs) === JSON.stringify(outputs);
}

async function hashOutputs(
  directory: string,
  outputs: readonly string[],
): Promise<Readonly<Record<string, string>>> {
  const hashes = outputs.map(async (output) => [
    output,
    await hashFile(path.join(directory, output)),
  ]);
  return Object.fromEntries(await Promise.all(hashes));
}

async function move(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await rename(from, to);
}
