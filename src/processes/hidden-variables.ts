/**
 * The variables that the Node we run on doesn't listen to: the user has set them for programs of their
 * own, and some would break us (NODE_CHANNEL_FD of a parent that is a Node, a bad OPENSSL_CONF). It
 * reads them before our first line. The Node inside the executable knows them by another name; the
 * machine's own finds them empty, which is as good as unset at its start (see `renderHiding`).
 */
export const hiddenVariables = [
  ...['NODE_CHANNEL_FD', 'NODE_UNIQUE_ID', 'OPENSSL_CONF', 'NODE_OPTIONS'],
  ...['NODE_DEBUG', 'NODE_V8_COVERAGE', 'NODE_COMPILE_CACHE', 'NODE_EXTRA_CA_CERTS'],
] as const;

/** What holds the value of a hidden variable for us: no name that a shell could have given. */
const marker = 'GIVEN:';

/**
 * The words for env(1) that hide some of the variables. An assignment to one that is there stays in its
 * place in the environment, one to another comes to stand at the end, behind its marker.
 */
export function renderHiding(names: readonly string[]): string {
  return names.map((name) => `${marker}${findNumber(name)}=\${${name}} ${name}=`).join(' ');
}

function findNumber(name: string): number {
  return hiddenVariables.findIndex((hidden) => hidden === name);
}

/** The environment as it was before `renderHiding`: `NAME=value` each, byte by byte, in its order. */
export function restoreHidden(environment: readonly string[]): readonly string[] {
  return hiddenVariables.reduceRight(restore, environment);
}

function restore(environment: readonly string[], name: string, number: number): readonly string[] {
  const start = `${marker}${number}=`;
  const at = environment.findLastIndex((variable) => variable.startsWith(start));
  if (at === -1) return environment;
  const empty = `${name}=`;
  if (environment[at + 1] === empty) return environment.toSpliced(at, 2);
  const value = environment[at]?.slice(start.length) ?? '';
  const restored = environment.map((variable) => (variable === empty ? empty + value : variable));
  return restored.toSpliced(at, 1);
}
