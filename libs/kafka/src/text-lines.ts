import { invalid } from './dlq-line.js';

/** A record of 2 MiB, in base64, with room for its headers' names. */
const MAX_LINE_BYTES = 16 * 1024 * 1024;

/**
 * Lines with their numbers, from 1; empty ones are left out. Of a file one chunk and one line are in memory.
 * @throws SunbeonError `DLQ_LINE_INVALID` for a line that is longer than any record makes it
 */
export async function* textLines(
  chunks: AsyncIterable<Buffer>,
  maxBytes = MAX_LINE_BYTES,
): AsyncGenerator<{ readonly text: string; readonly number: number }> {
  let parts: Buffer[] = [];
  let [bytes, number] = [0, 0];
  const end = (rest: Buffer): string => {
    const text = Buffer.concat([...parts, rest]).toString().trim(); // prettier-ignore
    [parts, bytes] = [[], 0];
    return text;
  };
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      number += 1;
      const text = end(chunk.subarray(from, at));
      from = at + 1;
      if (text !== '') yield { text, number };
    }
    if (from < chunk.length) parts.push(chunk.subarray(from));
    bytes += chunk.length - from;
    if (bytes > maxBytes) throw invalid(number + 1, `it is longer than ${maxBytes} bytes`);
  }
  const text = end(Buffer.alloc(0));
  if (text !== '') yield { text, number: number + 1 };
}
