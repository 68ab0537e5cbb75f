import { findClient } from '../../daemon/locate.ts';
import { readSettings } from '../../daemon/nix-settings.ts';
import { quoteWords } from '../../events/quote.ts';
import { captureProgram } from '../../processes/capture.ts';
import type { Check, Finding, Machine } from '../check.ts';
import { versionTakes } from '../program.ts';

/** What nix.conf and the like say, and what Nix itself finds wrong with it. */
export const settings: Check = {
  name: 'settings',
  title: "Nix's settings: nix.conf, NIX_CONFIG",
  only: 'nix',
  async examine(machine) {
    const { environment, options } = machine;
    const set = readSettings({ environment, daemonOptions: options.daemonOptions });
    const text = shown.map(([name, usual]) => `${name} = ${set.get(name) ?? usual}`).join(', ');
    return [
      { state: 'fine', text },
      ...(await listWarnings(machine)).map(toFinding),
      ...(features(set).includes('nix-command') ? [] : [withoutCommand]),
    ];
  },
};

/** What decides how builds are made, and what it is where nobody has set it. */
const shown = [
  ['sandbox', 'true'],
  ['sandbox-fallback', 'true'],
  ['build-users-group', 'nixbld'],
] as const;

function features(set: ReadonlyMap<string, string>): readonly string[] {
  return (set.get('experimental-features') ?? '').split(' ');
}

const withoutCommand: Finding = {
  state: 'odd',
  text: "experimental-features has no nix-command: 'nix build' and the like are refused",
  meaning: 'nix-build and the other older commands work. To have both:',
  command: "echo 'extra-experimental-features = nix-command flakes' >>/etc/nix/nix.conf",
};

/** What the client says of them at each start; what keeps it from one is told by another check. */
async function listWarnings({ kind, environment, signal }: Machine): Promise<readonly string[]> {
  const file = findClient(kind, environment);
  if (file === undefined) return [];
  const enough = AbortSignal.any([signal, AbortSignal.timeout(versionTakes)]);
  const version = { file, arguments: [file, '--version'], environment };
  const { words } = await captureProgram(version, enough);
  const warnings = words.map((line) => /^warning: (.+)/.exec(line)?.[1]);
  return [...new Set(warnings)].filter((warning) => warning !== undefined);
}

function toFinding(warning: string): Finding {
  const name = /^unknown setting '(.+)'$/.exec(warning)?.[1];
  return {
    state: 'odd',
    text: warning,
    meaning: 'Nix warns of it, and goes on without. To find where it stands:',
    command: quoteWords(['grep', '--recursive', '--line-number', name ?? '', '/etc/nix']),
  };
}
