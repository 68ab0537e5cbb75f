// What /usr/local of an image is given for the program.
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { path } from 'zx';
import { buildConfig, type Target } from '../build.config.ts';
import { hiddenVariables, renderHiding } from '../src/processes/hidden-variables.ts';
import type { Bundle } from './bundle.ts';
import { makeExecutable } from './executable.ts';
import { provideKoffi } from './koffi.ts';

const { name, prefix, machinesNode, nodeOptions } = buildConfig;

/** Makes `bin` and, where there is no Node to put the program in, `lib`, in a directory of its own. */
export async function makeTree(bundle: Bundle, target: Target, directory: string): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  const program = path.join(directory, 'bin', name);
  const { arch, nodePackage } = target;
  await (nodePackage === undefined
    ? makeScripts(bundle, target, { program, library: path.join(directory, 'lib', name) })
    : makeExecutable(bundle, { arch, nodePackage }, program));
}

/**
 * The bundle for the machine's Node. Between the kernel and Node stands env(1), which hides variables;
 * the kernel reads so little of a first line that it takes two. The second is the bundle's own.
 */
async function makeScripts(
  { main, chunks, assets }: Bundle,
  target: Target,
  { program, library }: { readonly program: string; readonly library: string },
): Promise<void> {
  const half = hiddenVariables.length / 2;
  const bundle = renderFirstLine(hiddenVariables.slice(half), [machinesNode, ...nodeOptions]);
  const launcher = renderFirstLine(hiddenVariables.slice(0, half), [
    path.join(prefix, 'lib', name, 'main.cjs'),
  ]);
  await writeProgram(program, launcher);
  await writeProgram(path.join(library, 'main.cjs'), bundle + (await readFile(main, 'utf8')));
  const files = { ...chunks, ...assets, 'koffi.node': await provideKoffi(target) };
  for (const [asset, file] of Object.entries(files)) await copy(file, path.join(library, asset));
}

/** As much of the first line as Linux reads, from 5.1 on: BINPRM_BUF_SIZE, and a byte for the end. */
const longestLine = 255; // bytes

function renderFirstLine(hidden: readonly string[], command: readonly string[]): string {
  const line = `#!/usr/bin/env -S ${renderHiding(hidden)} ${command.join(' ')}`;
  if (line.length > longestLine) throw new Error(`too long for a first line: ${line}`);
  return `${line}\n`;
}

async function writeProgram(file: string, text: string): Promise<void> {
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, text);
  await chmod(file, 0o755);
}

async function copy(from: string, to: string): Promise<void> {
  await mkdir(path.dirname(to), { recursive: true });
  await copyFile(from, to);
  await chmod(to, 0o644);
}
