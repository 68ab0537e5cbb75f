export function findDeniedCalls(): readonly string[] {
  return [];
}
