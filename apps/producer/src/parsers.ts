import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NDJSON_TYPE, NdjsonText } from './body.js';
import { DoorError } from './problem.js';

/** The content types that the door reads: JSON and NDJSON. All others are refused with 415. */
export function addParsers(server: FastifyInstance): void {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, parseJson(text as string));
    } catch (error) {
      done(error as Error);
    }
  });
  server.addContentTypeParser(NDJSON_TYPE, { parseAs: 'string' }, (_request, text, done) => {
    done(null, new NdjsonText(text as string));
  });
  server.addHook('onRequest', refuseEncodedBodies);
}

/** @throws DoorError `BODY_NOT_JSON`, with the parser's own words for where */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new DoorError('BODY_NOT_JSON', text === '' ? 'The body is empty.' : 'The body is not JSON.', {
      hint: 'Send one JSON object, an array of them, or application/x-ndjson with one a line.',
      errors: [{ message: (error as SyntaxError).message }],
    });
  }
}

/** A compressed body would reach the JSON parser as noise: say what is wrong instead. */
async function refuseEncodedBodies(request: FastifyRequest): Promise<void> {
  const encoding = request.headers['content-encoding'];
  if (encoding === undefined || encoding === 'identity') return;
  throw new DoorError('MEDIA_TYPE_UNSUPPORTED', 'Compressed bodies are not taken.', {
    hint: 'Send the body without content-encoding.',
  });
}
