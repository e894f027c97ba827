import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { textLines } from './text-lines.js';

async function* chunked(bytes: Buffer, sizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let [at, i] = [0, 0]; at < bytes.length; at += sizes[i++ % sizes.length]!)
    yield bytes.subarray(at, at + sizes[i % sizes.length]!);
}

async function linesOf(chunks: AsyncIterable<Buffer>, maxBytes?: number): Promise<[number, string][]> {
  const found: [number, string][] = [];
  for await (const { text, number } of textLines(chunks, maxBytes)) found.push([number, text]);
  return found;
}

it('gives the lines of a text with their numbers, however it is cut', () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.constantFrom('a', 'é순😀', '', 'b b', '\r'), { maxLength: 20 }),
      fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
      fc.boolean(),
      async (lines, sizes, hasEnd) => {
        const text = lines.join('\n') + (hasEnd ? '\n' : '');
        const expected = text.split('\n').map((line, i) => [i + 1, line.trim()] as const).filter(([, line]) => line !== ''); // prettier-ignore
        expect(await linesOf(chunked(Buffer.from(text), sizes))).toEqual(expected);
      },
    ),
  ));

it('refuses a line that no record makes so long, and names it', async () => {
  const endless = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('short\n');
    for (;;) yield Buffer.alloc(1_000, 120);
  };
  await expect(linesOf(endless(), 10_000)).rejects.toMatchObject({ code: 'DLQ_LINE_INVALID', facts: { line: 2 } });
});
