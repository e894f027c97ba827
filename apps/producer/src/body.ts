import { DoorError, type FieldError } from './problem.js';

/** The media type of newline-delimited JSON: one payload a line. */
export const NDJSON_TYPE = 'application/x-ndjson';

/** The text of an NDJSON body, told apart from a parsed JSON body by its class. */
export class NdjsonText {
  constructor(readonly text: string) {}
}

/** What a body asks for: one message, or many that stand or fall together. */
export type Asked = { readonly one: unknown } | { readonly many: readonly unknown[] };

/**
 * Reads a request body: a JSON array and NDJSON are many, anything else is one.
 * @param body what the content type parser left: parsed JSON, or {@link NdjsonText}
 * @throws DoorError `BODY_NOT_JSON` naming the lines, `REQUEST_INVALID` for none, `BODY_TOO_LARGE` for more than `maxBatch`
 */
export function readBody(body: unknown, maxBatch: number): Asked {
  if (body === undefined) throw new DoorError('BODY_NOT_JSON', 'The request has no body.', { hint: 'Send the payload as JSON.' }); // prettier-ignore
  const many = body instanceof NdjsonText ? readLines(body.text, maxBatch) : body;
  if (!Array.isArray(many)) return { one: body };
  if (many.length === 0)
    throw new DoorError('REQUEST_INVALID', 'The batch is empty.', { hint: 'Send at least one payload.' });
  if (many.length > maxBatch) throw tooMany(maxBatch);
  return { many };
}

function readLines(text: string, maxBatch: number): unknown[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  if (lines.length > maxBatch) throw tooMany(maxBatch);
  const errors: FieldError[] = [];
  const values = lines.map((line, index) => {
    try {
      return JSON.parse(line) as unknown;
    } catch (error) {
      errors.push({ index, message: (error as SyntaxError).message });
      return undefined;
    }
  });
  if (errors.length > 0) throw notJson(errors);
  return values;
}

/** As many as anybody reads; a batch of ten thousand wrong items must not make an answer of megabytes. */
export const MAX_ERRORS_TOLD = 100;

function notJson(errors: readonly FieldError[]): DoorError {
  return new DoorError('BODY_NOT_JSON', `${errors.length} of the lines are not JSON.`, {
    hint: 'Write one JSON value a line, without line breaks inside it.',
    errors: errors.slice(0, MAX_ERRORS_TOLD),
  });
}

function tooMany(maxBatch: number): DoorError {
  return new DoorError('BODY_TOO_LARGE', `A batch may have ${maxBatch} items at most.`, {
    hint: 'Split it, or raise MAX_BATCH.',
  });
}
