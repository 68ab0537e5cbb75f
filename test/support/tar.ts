// Archives that no tar makes any more, or never did.

/** A block of tar(5), as a tar of old made it, and what follows, to a whole number of blocks. */
export function entry({
  path = 'd/x',
  type = '0',
  target = '',
  content = '',
  size = content.length,
}: Partial<{ path: string; type: string; target: string; content: string; size: number }>): Buffer {
  const block = Buffer.alloc(512);
  block.write(path, 'latin1');
  block.write('0000644\0', 100);
  block.write(
    `${size.toString(8).padStart(11, '0')}\0${'7'.padStart(11, '0')}\0${' '.repeat(8)}`,
    124,
  );
  block.write(type, 156, 'latin1');
  block.write(target, 157, 'latin1');
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0`, 148);
  const padding = (512 - (content.length % 512)) % 512;
  return Buffer.concat([block, Buffer.from(content, 'latin1'), Buffer.alloc(padding)]);
}

/** The header of pax for what follows. */
export function pax(key: string, value: string): Buffer {
  const record = ` ${key}=${value}\n`;
  // It counts itself, which makes two more.
  return entry({ type: 'x', content: `${record.length + 2}${record}` });
}

/** The same with another size in its header. */
export function withSize(size: string, blocks: Buffer): Buffer {
  blocks.write(size.padEnd(12, '\0'), 124, 'latin1');
  const sum = blocks
    .fill(' ', 148, 156)
    .subarray(0, 512)
    .reduce((total, byte) => total + byte, 0);
  blocks.write(`${sum.toString(8).padStart(6, '0')}\0`, 148);
  return blocks;
}
