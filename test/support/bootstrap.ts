import { listPackages, readDefinitions } from '../../src/bootstrap/definitions/file.ts';
import { type Ground, planBuilds, type PlannedBuild } from '../../src/bootstrap/plan.ts';
import { readScheme } from '../../src/bootstrap/scheme/read.ts';
import { EntryPointError, type Failure } from '../../src/errors/failure.ts';

/** What it fails for; what isn't a failure of ours is a bug and thrown on. */
export function catchFailure(action: () => unknown): Failure | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof EntryPointError) return error.failure;
    throw error;
  }
}

/** Where nothing is built. */
export const nowhere: Ground = {
  system: { name: 'x86_64-linux', triplet: 'x86_64-unknown-linux-gnu' },
  isIsolated: true,
  directory: '/nowhere',
};

/** What a text defines, planned. */
export function planText(text: string): readonly PlannedBuild[] {
  const place = { file: 'b.scm', stage: 0, before: undefined };
  const definitions = readDefinitions(readScheme('b.scm', Buffer.from(text)), place);
  return planBuilds(listPackages(definitions), nowhere);
}

const hash = '0ssi1wpaf7plaswqqjwigppsg5fyh99vdlb9kzl7c9lng89ndq1i';
/** The origin of a source. */
export const source = `(origin (method url-fetch) (uri "http://x/a-1.tar.gz") (sha256 (base32 "${hash}")))`;

/** A trivial package; its builder's code begins in line 4. */
export function trivial(builder: string): string {
  return `(define-public a (package (name "a") (version "1") (source ${source})
(build-system trivial-build-system)
(arguments '(#:builder
${builder}))))`;
}

/** A package of gnu-build-system; its arguments begin in line 3. */
export function gnu(given: string): string {
  return `(define-public a (package (name "a") (version "1") (source ${source})
(build-system gnu-build-system) (arguments
${given})))`;
}
