const alphabet = 'abcdefghijklmnopqrstuvwxyz234567';

/** Bytes in the letters of RFC 4648, small and without padding, as Guix names directories. */
export function encodeBase32(bytes: Uint8Array): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const groups = bits.match(/.{1,5}/g) ?? [];
  return groups.map((group) => alphabet[Number.parseInt(group.padEnd(5, '0'), 2)]).join('');
}
