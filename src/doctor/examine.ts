import { EntryPointError } from '../errors/failure.ts';
import { renderSystemError } from '../errors/system.ts';
import { describeFailure } from '../errors/wording.ts';
import { forgetAnswer } from './answers.ts';
import type { Check, Finding, Machine } from './check.ts';

/** A finding, and what has become of it. */
export type Examined = {
  readonly finding: Finding;
  /** It was mended; `false`: that was tried in vain, and why. */
  readonly fixed?: boolean;
  readonly reason?: string;
  /** The check itself failed. */
  readonly isBug?: boolean;
};

/**
 * What a check finds. Where that is to be mended, and can be, it is; and what it finds afterwards
 * follows.
 */
export async function examine(check: Check, machine: Machine): Promise<readonly Examined[]> {
  if (check.only !== undefined && check.only !== machine.kind.name) return [];
  const findings = await check.examine(machine);
  if (!machine.options.fix || !findings.some(isMendable)) {
    return findings.map((finding) => ({ finding }));
  }
  const mended: Examined[] = [];
  for (const finding of findings.filter(isMendable)) mended.push(await mend(finding));
  forgetAnswer(machine);
  const after = await check.examine(machine);
  const failed = mended.filter(({ fixed }) => fixed === false);
  // What could not be mended is told once.
  const isTold = ({ text }: Finding): boolean =>
    failed.some(({ finding }) => finding.text === text);
  const rest = after.filter((finding) => !isTold(finding));
  return [...mended, ...rest.map((finding) => ({ finding }))];
}

/** Whether it can be mended by us. */
export function isMendable({ state, fix }: Finding): boolean {
  return state !== 'fine' && fix !== undefined;
}

async function mend(finding: Finding): Promise<Examined> {
  try {
    await finding.fix?.();
    return { finding, fixed: true };
  } catch (error) {
    return { finding, fixed: false, reason: toReason(error) };
  }
}

/** A clause without a full stop. */
function toReason(error: unknown): string {
  return error instanceof EntryPointError
    ? describeFailure(error.failure).headline.replace(/\.$/, '')
    : renderSystemError(error);
}
