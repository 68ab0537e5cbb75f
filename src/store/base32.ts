export const nixBase32Digits = '0123456789abcdfghijklmnpqrsvwxyz';

/** As Nix and Guix write hashes: five bits each, from the end. */
export function encodeNixBase32(bytes: Buffer): string {
  let number = BigInt(`0x${Buffer.from(bytes.toReversed()).toString('hex')}`);
  let text = '';
  for (let digit = 0; digit < countDigits(bytes.length); digit++) {
    text = `${nixBase32Digits[Number(number & 31n)]}${text}`;
    number >>= 5n;
  }
  return text;
}

/** The bytes of a hash that is so long; `undefined`: the text is not that of one. */
export function decodeNixBase32(text: string, length: number): Buffer | undefined {
  if (text.length !== countDigits(length)) return undefined;
  let number = 0n;
  for (const digit of text) {
    const value = nixBase32Digits.indexOf(digit);
    if (value === -1) return undefined;
    number = (number << 5n) | BigInt(value);
  }
  if (number >> BigInt(length * 8) !== 0n) return undefined;
  const bytes = Buffer.from(number.toString(16).padStart(length * 2, '0'), 'hex');
  return Buffer.from(bytes.toReversed());
}

function countDigits(bytes: number): number {
  return Math.ceil((bytes * 8) / 5);
}
