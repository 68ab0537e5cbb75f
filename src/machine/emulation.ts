export function findEmulation(): string | undefined {
  return undefined;
}
