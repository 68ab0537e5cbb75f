// Linux has bytes where JavaScript has text: a file name, an argument, a variable need not be UTF-8.
// A byte that isn't becomes a lone surrogate, U+DC80 to U+DCFF, and that byte again on its way out
// (Python's "surrogateescape", PEP 383).

/** The bytes as text from which `encodeBytes` makes the same bytes. */
export function decodeBytes(bytes: Buffer): string {
  const text = bytes.toString('utf8');
  if (!text.includes('\ufffd')) return text;
  let decoded = '';
  for (let at = 0; at < bytes.length;) {
    const length = findCharacter(bytes, at);
    decoded += length === 0 ? escapeByte(bytes[at]) : bytes.toString('utf8', at, at + length);
    at += length || 1;
  }
  return decoded;
}

/** How many bytes the character there has; 0 when it is none. */
function findCharacter(bytes: Buffer, at: number): number {
  return (
    [1, 2, 3, 4].find((length) => {
      const slice = bytes.subarray(at, at + length);
      const text = slice.toString('utf8');
      return slice.length === length && slice.equals(Buffer.from(text));
    }) ?? 0
  );
}

function escapeByte(byte = 0): string {
  return String.fromCharCode(0xdc00 + byte);
}

/** The bytes of a text, those that `decodeBytes` could not read among them. */
export function encodeBytes(text: string): Buffer {
  if (!escaped.test(text)) return Buffer.from(text);
  const parts = text.split(escaped).map((part) => {
    const code = part.charCodeAt(0);
    return code >= 0xdc80 && code <= 0xdcff ? Buffer.of(code - 0xdc00) : Buffer.from(part);
  });
  return Buffer.concat(parts);
}

const escaped = /(?<![\ud800-\udbff])([\udc80-\udcff])/;
