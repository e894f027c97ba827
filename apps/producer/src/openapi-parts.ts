import { PROBLEM_TYPE } from './problem.js';

/** The pieces that the operations of the OpenAPI document share. */
export const SCHEMAS = {
  Problem: {
    type: 'object',
    description: 'RFC 9457. `code` is stable across versions; `errors` names the items and fields that are wrong.',
    required: ['type', 'title', 'status', 'detail', 'instance', 'code'],
    properties: {
      type: { type: 'string', format: 'uri', examples: ['urn:sunbeon:error:PAYLOAD_INVALID'] },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      instance: { type: 'string', format: 'uri-reference' },
      code: { type: 'string', examples: ['PAYLOAD_INVALID'] },
      hint: { type: 'string', description: 'How to mend it.' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['message'],
          properties: { index: { type: 'integer' }, field: { type: 'string' }, message: { type: 'string' } },
        },
      },
    },
  },
  Links: {
    type: 'object',
    required: ['self', 'result', 'events'],
    properties: { self: { type: 'string' }, result: { type: 'string' }, events: { type: 'string' } },
  },
  Accepted: {
    type: 'object',
    required: ['id', 'status', 'contract', 'links'],
    properties: {
      id: { type: 'string' },
      status: { const: 'queued' },
      contract: { type: 'string' },
      links: { $ref: '#/components/schemas/Links' },
    },
  },
  AcceptedMany: {
    type: 'object',
    required: ['count', 'tasks'],
    properties: {
      count: { type: 'integer' },
      tasks: { type: 'array', items: { $ref: '#/components/schemas/Accepted' } },
    },
  },
  Published: { type: 'object', required: ['id'], properties: { id: { type: 'string' } } },
  PublishedMany: {
    type: 'object',
    required: ['count', 'events'],
    properties: {
      count: { type: 'integer' },
      events: { type: 'array', items: { $ref: '#/components/schemas/Published' } },
    },
  },
  Status: {
    type: 'object',
    required: ['id', 'contract', 'status', 'attempt', 'sentAt', 'updatedAt', 'links'],
    properties: {
      id: { type: 'string' },
      contract: { type: 'string' },
      status: { enum: ['queued', 'retrying', 'succeeded', 'buried', 'dropped'] },
      attempt: { type: 'integer', minimum: 1 },
      sentAt: { type: 'string', format: 'date-time' },
      updatedAt: { type: 'string', format: 'date-time' },
      output: { description: 'What the handler returned; of a succeeded task only.' },
      error: {
        type: 'object',
        properties: { code: { type: 'string' }, name: { type: 'string' }, message: { type: 'string' } },
      },
      links: { $ref: '#/components/schemas/Links' },
    },
  },
} as const;

export function ref(schema: keyof typeof SCHEMAS): { $ref: string } {
  return { $ref: `#/components/schemas/${schema}` };
}

/** An answer whose body is JSON of one of these shapes. */
export function answer(description: string, ...schemas: (keyof typeof SCHEMAS)[]): object {
  const [only] = schemas;
  const schema = schemas.length === 1 ? ref(only!) : { oneOf: schemas.map(ref) };
  return { description, content: { 'application/json': { schema } } };
}

const PROBLEMS: Readonly<Record<number, string>> = {
  400: 'The request is malformed: the body is not JSON, or a header or parameter is not usable.',
  404: 'Nothing has this name or id.',
  413: 'The body or the batch is too large.',
  415: 'The content type is not understood.',
  422: 'A payload does not fit its schema, or the idempotency key was used with another payload. Nothing was sent.',
  503: 'Not accepted now: the broker is away, or too many wait. Send the same again after Retry-After seconds.',
};

/** Problem answers by status. */
export function problems(...statuses: number[]): Record<string, object> {
  const body = { content: { [PROBLEM_TYPE]: { schema: ref('Problem') } } };
  const wait = { headers: { 'Retry-After': { description: 'Seconds.', schema: { type: 'integer' } } } };
  return Object.fromEntries(
    statuses.map((status) => [status, { description: PROBLEMS[status], ...body, ...(status === 503 ? wait : {}) }]),
  );
}

export const TRACE_HEADERS = [
  header('traceparent', 'W3C Trace Context; carried to the handler.', { type: 'string' }),
  header('tracestate', 'W3C Trace Context; carried with a valid traceparent.', { type: 'string', maxLength: 512 }),
];

export const IDEMPOTENCY_HEADER = header(
  'Idempotency-Key',
  'Sending the same key and payload again is one task. 1 to 255 visible ASCII characters; not for many.',
  { type: 'string', minLength: 1, maxLength: 255 },
);

export const EVENT_KEY_HEADER = header(
  'Idempotency-Key',
  'The same key gives the same event id, so that subscribers can tell a repetition. 1 to 255 visible ASCII characters.',
  { type: 'string', minLength: 1, maxLength: 255 },
);

function header(name: string, description: string, schema: object): object {
  return { name, in: 'header', required: false, description, schema };
}
