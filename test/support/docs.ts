/** The blocks of a page, as Markdown has them behind three backquotes and the name of a language. */
export function readBlocks(page: string, language: string): readonly string[] {
  const fenced = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms');
  return [...page.matchAll(fenced)].map(([, block = '']) => block);
}

/** Commands, and what each of them prints. */
export type Step = { readonly command: string; readonly output: string };

/** A block as the commands after `$` and, behind each, all that it prints. */
export function parseBlock(block: string): readonly Step[] {
  const parts = block.split(/^\$ /m).slice(1);
  return parts.map((part) => {
    const end = part.indexOf('\n');
    return { command: part.slice(0, end), output: part.slice(end + 1) };
  });
}

/** A script for bash that runs the commands, and what it prints as the outputs of each. */
export function makeScript(steps: readonly Step[]): string {
  return steps
    .map(({ command }) => `{ ${command}; } 2>&1; status=$?; printf '\\x1e'; (exit $status)`)
    .join('\n');
}

/** What each command of `makeScript` has printed. */
export function splitOutputs(stdout: string): readonly string[] {
  return stdout.split('\x1e').slice(0, -1);
}

/** Hashes of store items change with the Guix and the shell that the machine has, and times always. */
export function withoutHashes(text: string): string {
  return text
    .replaceAll(/drvs\/[0-9a-z]{2}\/[0-9a-z]{30}-/g, 'drvs/HASH-')
    .replaceAll(/\b[0-9a-z]{32}-/g, 'HASH-')
    .replaceAll(/after \d+\.\d s$/gm, 'after N s');
}
