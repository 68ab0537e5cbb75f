// How the worker protocol and archives of Nix and Guix write numbers and texts (libutil/serialise.cc).

/** A number, in 8 bytes, little-endian. */
export function toWord(value: number): Buffer {
  const word = Buffer.alloc(8);
  word.writeBigUInt64LE(BigInt(value));
  return word;
}

/** A text, or a file: how many bytes it has, these, and zeroes up to the next word. */
export function toText(text: string | Buffer): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([toWord(bytes.length), bytes, Buffer.alloc(-bytes.length & 7)]);
}
