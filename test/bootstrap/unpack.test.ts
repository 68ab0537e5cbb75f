import { lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, watch } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, gzipSync } from 'node:zlib';
import { type Header, pack } from 'tar-stream';
import { expect, test } from '../support/directory.ts';
import { unpack } from '../support/unpack.ts';

/** `d/file`, `d/link`, `d/run` and an empty directory, as GNU tar, xz, bzip2 and gzip make it. */
const archives = {
  xz: '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4Cf/ALldADILvBunjDRE4cIHdekAF5rLD6iK4RWZElffDDLfSB856XfZfs95Cp35tUfgvArSlBkdwZeP8+c7QECRV2qji5vyR+2sg1tZP8aImO8v6L9FFIAvIl/3lJ32kdiXXlUf8W2IGqRjhcjR2YTqsS6es/1NGs0EZXE19K/nZAnzJMOzKwxohgNqJ5BmfkSqu6m1qaOm4v0PQaCYLCNnW+QixI5/c89ZnxIY6XYHCQfhpbHLhLfztmQubyBgAAAAAJrRdNt3sG62AAHVAYBQAAB66CM9scRn+wIAAAAABFla',
  bzip2:
    'QlpoOTFBWSZTWfL+IAYAAOnbgMuQ6AD/gAAdd22eAAyIMAC4DADJpoMhghpiNGDADJpoMhghpiNGBJJomlPTIj000RsU9NQHtSmVuuzvywZquIMXDIFD0QkiMva/nHBjHkImi+bYs6LEJDJLX6e5H2iCPffxtky7NWc7RAr0MCM9NYFwI6SCCG6vm3Rn4PKKOz8EWoqJupIkipaVwskhx2aU3RJPF3SP5H/p4xo1NzOr5pVuZzyoV/seMSFESIoawW1CjGCQHkXckU4UJDy/iAGA',
  gzip: 'H4sICElsCWsCA2EudGFyAO3WQQqDMBCF4ax7ipQeIIkmmfNUtCgNFrTev1J3Fgouogv/bzMh22HeTG1UdnYmIXzrbF2Xt5Q+Bh+W/+ikUDqoHUzj+z5orU6qNo8uNfn7H73/0/+46r/Y0ipt6X92bZPS66Jw2vlPXf/cIf9FNuS/iHNKF/mjifw3w9Qfvf9dsd7/4gL5v4fb1VRdb8aWHXDS+R+nyhw8/7/3v8SS+x8AAAAAAAAAAADY6gONdiivACgAAA==',
};

const sha256Checked =
  '/Td6WFoAAArh+wyhAgAhARYAAAB0L+Wj4Cf/AOddADILvBunjDRE4cIHdekACY2x9Z5QcVam6QneZTuEjxewe45XlVbYDBC26alDZalvI8sGvuwq9qH6hg0dY0J8WGrVNyiHwT1h8JBZa000BCBjUbo3RzmOCFbS23JoTpvJyrc1O+d/XOgWB988hT9LvTX6tO5HM4TJZqDURcuObauAhvgr8RkCoB6j4Sql9ji1FzTnIxXJhOXaeARHl3c74FLlmCgzggM4IKyIF5NJSm5cztFRPpbG51F4YJ+R0H7zeu1qvn2p8MXrwWcfGObosesenJJY09YdxzOpB+vNv8fOB9iwA6LYMwAAysmI4EIcXbQJGQHNkFA0C84FQi3IoA2lKjR9hlcSfP0AAZsCgFAAAALb50U+26d8cAgAAAAAKWVo=';

/** `d/file` in three parts, each packed by itself; xz has stored the second as it is. */
const parts = {
  xz: [
    '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AH/ADddADILyMbUDKmGEX3z8uV32a4UKyfzmh4aqLT1pvTPYbES94TQRfjux0lwRsvgzi3omKSJcxbCKAAAAOX2i0ShZLbTAAFTgAQAAABBict3scRn+wIAAAAABFla',
    '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jMAQAdUXVpY2tseSwgWVpZWllaOiBhIGZveCBqdW1wcy4KAAAAMx3KIbexSnYAATYePRmVUx+2830BAAAAAARZWg==',
    '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AXhAA9dAABv/f//o7f/Rz2m0QkAAAAADOEwHCnJAbYAASviCwAAAJYyKyuxxGf7AgAAAAAEWVo=',
  ],
  bzip2: [
    'QlpoOTFBWSZTWZ9+B4oAACLbgMoAQADPgAAQZyQeAAgAIABUUAAAPU9QYim0mBABtAYGfVIErKCit6uC6IugMuA2WQxWk7u7QyCVoBGugEmfxdyRThQkJ9+B4oA=',
    'QlpoOTFBWSZTWQL+12YAAARbgAAQQAUAECAwKT7KYCAAIppoNGgDahRoyBo0yNDOKMGVCdVXlkgWeHvw74D4u5IpwoSAF/a7MA==',
    'QlpoOTFBWSZTWdx04lYAAALAAcAACAAACCAAMMwImklAPF3JFOFCQ3HTiVg=',
  ],
};

/** An archive of entries with some content. */
function archive(headers: readonly Partial<Header>[]): Promise<Buffer> {
  const tar = pack();
  for (const header of headers) {
    const { type = 'file', name = 'x' } = header;
    if (type === 'file') tar.entry({ mtime: new Date(0), ...header, name }, 'content');
    else tar.entry({ mtime: new Date(0), ...header, name, type });
  }
  tar.finalize();
  return buffer(tar);
}

const plain = gunzipSync(Buffer.from(archives.gzip, 'base64'));
const old = Buffer.from(plain).fill(0, 257, 265);

test.for([
  ['xz', Buffer.from(archives.xz, 'base64')],
  ['bzip2', Buffer.from(archives.bzip2, 'base64')],
  ['gzip', Buffer.from(archives.gzip, 'base64')],
  ['nothing', plain],
] as const)('an archive that is packed by %s', async ([, content], { directory }) => {
  const room = await unpack(directory, content);
  expect(room.directory).toBe('/tmp/build/d');
  const at = (name: string): string => join(directory, 'tmp/build/d', name);
  expect(readdirSync(at('')).toSorted()).toEqual(['file', 'link', 'run', 'sub']);
  expect(readFileSync(at('file'), 'utf8')).toBe('hello\n');
  expect(readlinkSync(at('link'))).toBe('file');
  expect(['file', 'run'].map((name) => lstatSync(at(name)).mode & 0o777)).toEqual([0o644, 0o755]);
  expect(lstatSync(at('file')).mtimeMs).toBe(1_000_000_000_000);
});

const gzip = [plain.subarray(0, 700), plain.subarray(700)].map((part) => gzipSync(part));
const xz = parts.xz.map((part) => Buffer.from(part, 'base64'));
const bzip2 = parts.bzip2.map((part) => Buffer.from(part, 'base64'));
const fox = 'Quickly, YZYZYZ: a fox jumps.\n';

/** Each with a number of zeroes behind it. */
const pad = (packed: readonly Buffer[], length: number): Buffer =>
  Buffer.concat(packed.flatMap((part) => [part, Buffer.alloc(length)]));

test.for([
  ['gzip', Buffer.concat(gzip), 'hello\n'],
  ['gzip with zeroes at the end', pad([Buffer.concat(gzip)], 100_000), 'hello\n'],
  ['bzip2', Buffer.concat(bzip2), fox],
  ['xz', Buffer.concat(xz), fox],
  ['xz with padding', pad(xz, 8), fox],
  ['xz with much padding', pad(xz, 100_000), fox],
] as const)('parts that are packed by %s', async ([, content, text], { directory }) => {
  await unpack(directory, content);
  expect(readFileSync(join(directory, 'tmp/build/d/file'), 'utf8')).toBe(text);
});

test.for([
  ['gzip', 'followed by something else', pad(gzip, 8)],
  ['xz', 'damaged', Buffer.concat([...xz, Buffer.from('some other words')])],
  ['xz', 'damaged', pad(xz, 3)],
  ['xz', 'cut short', Buffer.concat(xz).subarray(0, -4)],
] as const)('%s that is %s', async ([by, what, content], { directory }) => {
  await expect(unpack(directory, content)).rejects.toThrow(`the ${by} file is ${what}`);
});

test('an archive from before ustar, whose checksum says that it is one', async ({ directory }) => {
  const sum = old
    .subarray(0, 512)
    .fill(' ', 148, 156)
    .reduce((total, byte) => total + byte, 0);
  old.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  const room = await unpack(directory, gzipSync(old.subarray(0, 512)));
  expect(room.directory).toBe('/tmp/build/d');
});

test('a file that is no archive', async ({ directory }) => {
  await unpack(directory, Buffer.from('a program'));
  expect(readFileSync(join(directory, 'tmp/build/source'), 'utf8')).toBe('a program');
});

test('long names, hard links, and what comes twice', async ({ directory }) => {
  const long = `d/${'x'.repeat(150)}/${'y'.repeat(150)}`;
  const content = await archive([
    { name: long },
    { name: 'd/hard', type: 'link', linkname: long },
    { name: 'd/twice', type: 'symlink', linkname: '/outside/file' },
    { name: 'd/twice' },
  ]);
  await unpack(directory, content);
  const at = (name: string): string => join(directory, 'tmp/build', name);
  expect(lstatSync(at('d/hard')).ino).toBe(lstatSync(at(long)).ino);
  expect(lstatSync(at('d/twice')).isFile()).toBe(true);
  expect(readdirSync(join(directory, 'outside'))).toEqual([]);
});

test.for<[what: string, headers: readonly Partial<Header>[]]>([
  ['upwards', [{ name: '../../outside/x' }]],
  ['from the root', [{ name: '/outside/x' }]],
  ['by a link', [{ name: 'l', type: 'symlink', linkname: '/outside' }, { name: 'l/x' }]],
  [
    'by a relative link',
    [{ name: 'l', type: 'symlink', linkname: '../../outside' }, { name: 'l/x' }],
  ],
  ['by a hard link', [{ name: 'l', type: 'link', linkname: '/outside/x' }]],
])('an entry that leads out %s', async ([, headers], { directory }) => {
  const content = await archive(headers);
  await expect(unpack(directory, content)).rejects.toThrow('leads out of it');
  expect(readdirSync(join(directory, 'outside'))).toEqual([]);
});

/** An archive of a directory; what begins `../../outside/x`, a file of 8 MiB; 1 MiB of zeroes. */
const pieces = {
  xz: {
    whole:
      '/Td6WFoAAATm1rRGAgAhARwAAAAQz1jM4AX/ADddADILvBunjDREwbqTFekAF5rLg+mT0UkosNLva2Bfp4m3fM/oaIxRb3k/v+8ZOda+P6tIRlUhLQAAAIpW9c+priYpAAFTgAwAAACuoX+yscRn+wIAAAAABFla',
    begin:
      '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM4AH/AD5dABdguhCOZ9ngn1RRPTx4BMzJRIFY2re0IK9F5qY4HgjnKeaMAe0PIw5WZ3vHi3opxc51vorSz9ka8p1atfQAAAAAKAsqAAABVoAEAAAA8hgGJz4wDYsCAAAAAAFZWg==',
    zeroes:
      '/Td6WFoAAAFpIt42AgAhARwAAAAQz1jM7///ANldAABv/f//o7f/Rz5IFXI5YVG4kijmo4YH+e7kHoLTL8U6PAFLsX7JiopNL6MN2X+m44wjEVPgWRjFdYrid/i2lH8MasDedElk4ulcU7IE2PdEDKtfDW1G6eXDdoi3llestk3haR1v+0uIEGxCy4g/XACP0E6vJiiUcR89jyThcJ6nI1/sKMuF0ZWYin4qkfIndfcZwAaYTZj92K/VkA/EJVP49ZE2MQWlsO5vwXBNRwzRkRGqrWAdus6xJxhcWYbpZlJYvul2rFnk5VsFCPnH2q38+1Iq9+SVJQAAAAAAHOo4pwAB8QGAgEAAb9Xu3D4wDYsCAAAAAAFZWg==',
  },
  bzip2: {
    begin:
      'QlpoOTFBWSZTWYx4VjYAAAxbgMgAQAH/gCAAZiCeQAgAIABUUGKYIzQaaQSmom1D0gaAHrkhq9ZOUSoyZfRAc1cZ0xCC0yFNZykiwPPwxECeRwYqIp8HoOXpS/F3JFOFCQjHhWNg',
    zeroes: 'QlpoOTFBWSZTWThXHOUACAhAAMAEAAggADDMBSmmCAbEIB4u5IpwoSBwrjnK',
  },
};

const decode = (text: string): Buffer => Buffer.from(text, 'base64');
const repeat = (text: string, length: number): readonly string[] =>
  Array.from({ length }, () => text);

test.for(['xz', 'bzip2'] as const)(
  'an entry that leads out, of what is packed by %s and not at its end',
  async (by, { directory }) => {
    const { begin, zeroes } = pieces[by];
    const content = Buffer.concat([begin, ...repeat(zeroes, 8)].map(decode));
    await expect(unpack(directory, content)).rejects.toThrow('leads out of it: ../../outside/x');
  },
);

test('SIGTERM is not held up by what follows the end', async ({ directory }) => {
  const { whole, zeroes } = pieces.xz;
  const build = join(directory, 'tmp/build');
  mkdirSync(build, { recursive: true });
  const aborting = new AbortController();
  const watcher = watch(build, () => aborting.abort());
  const content = Buffer.concat([whole, ...repeat(zeroes, 200)].map(decode));
  await expect(unpack(directory, content, aborting)).rejects.toThrow('aborted');
  watcher.close();
});

test.for([
  ['gzip', 'unexpected end of file', Buffer.from(archives.gzip, 'base64').subarray(0, 150)],
  ['gzip', 'incorrect header check', Buffer.concat([...gzip, Buffer.from('words')])],
  ['bzip2', 'is cut short', Buffer.from(archives.bzip2, 'base64').subarray(0, 150)],
  ['tar', 'Unexpected end of data', gzipSync(plain.subarray(0, 2000))],
  ['tar', 'Invalid tar header', gzipSync(Buffer.from(plain).fill('x', 512, 1024))],
] as const)('a broken %s: %s', async ([, what, content], { directory }) => {
  await expect(unpack(directory, content)).rejects.toThrow(what);
});

const bigDictionary =
  '/Td6WFoAAAFpIt42AgAhAR0AAAB1qOR0AQAEc21hbGwAAAAAE+pFdQABGQW86OzLkEKZDQEAAAAAAVla';

const damaged = Buffer.from(archives.xz, 'base64').fill(0xff, 100, 120);

test.for([
  ['cut short', Buffer.from(archives.xz, 'base64').subarray(0, 150)],
  ['damaged', damaged],
  ['packed with a dictionary of more than 64 MiB', Buffer.from(bigDictionary, 'base64')],
  ['packed in a way that is not known here', Buffer.from(sha256Checked, 'base64')],
] as const)('an xz file that is %s', async ([what, content], { directory }) => {
  await expect(unpack(directory, content)).rejects.toThrow(`the xz file is ${what}`);
});

test('a device', async ({ directory }) => {
  const content = await archive([{ name: 'd/null', type: 'character-device' }]);
  await expect(unpack(directory, content)).rejects.toThrow('a character-device: d/null');
});
