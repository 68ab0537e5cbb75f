/**
 * The lines of a text, without their ends, as many at a time as come together. One
 * that is longer than memory is good for comes in pieces.
 */
export async function* readLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield lines;
    if (rest.length > longestPiece) {
      yield [rest];
      rest = '';
    }
  }
  rest += decoder.decode();
  if (rest !== '') yield [rest];
}

const longestPiece = 1 << 20;
