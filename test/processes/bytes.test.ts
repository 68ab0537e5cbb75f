import { expect, test } from 'vitest';
import { decodeBytes, encodeBytes } from '../../src/processes/bytes.ts';

const texts = ['', 'plain', 'é', '\ufffd is itself', '😀', 'a\0b'];

test.for(texts)('%j is read as it is', (text) => {
  expect(decodeBytes(Buffer.from(text))).toBe(text);
  expect(encodeBytes(text)).toEqual(Buffer.from(text));
});

test('every byte comes back, alone and between others', () => {
  for (let byte = 0; byte < 256; byte++) {
    for (const bytes of [
      [byte],
      [0x61, byte, 0xc3, 0xa9],
      [byte, byte, byte],
      [0xf0, 0x9f, byte],
    ]) {
      const buffer = Buffer.from(bytes);
      expect(encodeBytes(decodeBytes(buffer))).toEqual(buffer);
    }
  }
});

test('what is no UTF-8 is a lone surrogate, and nothing else is', () => {
  expect(decodeBytes(Buffer.from([0x63, 0xe9, 0xc3, 0xa9, 0xff]))).toBe('c\udce9é\udcff');
  // UTF-8 has no surrogates: these three bytes are not one.
  expect(decodeBytes(Buffer.from([0xed, 0xb3, 0xa9]))).toBe('\udced\udcb3\udca9');
});
