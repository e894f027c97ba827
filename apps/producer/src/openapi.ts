import type { Contract, TaskContract } from '@sunbeon/core';
import { NDJSON_TYPE } from './body.js';
import { exampleOf, jsonSchemaOf } from './json-schema.js';
import { answer, EVENT_KEY_HEADER, IDEMPOTENCY_HEADER, problems, SCHEMAS, TRACE_HEADERS } from './openapi-parts.js';
import { MAX_EXPIRY_MS, MAX_WAIT_MS } from './request.js';

/** The OpenAPI 3.1 document of a deployment: each contract has its own path, with the JSON Schema of its Avro schema. */
export function openApiDocument(contracts: readonly Contract[]): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Sunbeon producer',
      version: '0.1.0',
      description: 'Enqueue tasks, publish events, read and stream results, from any language.',
    },
    tags: [{ name: 'tasks' }, { name: 'events' }, { name: 'results' }, { name: 'about' }],
    paths: { ...Object.fromEntries(contracts.map(sayPath)), ...ASK_PATHS, ...ABOUT_PATHS },
    components: { schemas: SCHEMAS },
  };
}

function sayPath(contract: Contract): [string, object] {
  const operation = contract.kind === 'task' ? taskOperation(contract) : eventOperation(contract);
  return [`/${contract.kind}s/${contract.name}`, { post: { ...operation, requestBody: requestBody(contract) } }];
}

function taskOperation(contract: TaskContract): object {
  const output = JSON.stringify(jsonSchemaOf(contract.output));
  return {
    tags: ['tasks'],
    operationId: `enqueue ${contract.name}`,
    summary: `Enqueue ${contract.name}`,
    description: `Queue \`${contract.queue}\`. Its output: \`${output}\`. 202 means that all in-sync replicas have the task.`,
    parameters: [EXPIRY, IDEMPOTENCY_HEADER, ...TRACE_HEADERS],
    responses: {
      202: {
        ...answer('Accepted.', 'Accepted', 'AcceptedMany'),
        headers: {
          Location: { description: 'The status document of the one task.', schema: { type: 'string' } },
          'Idempotency-Replayed': {
            description: '`true`: the task had been accepted before.',
            schema: { const: 'true' },
          },
        },
      },
      ...problems(400, 404, 413, 415, 422, 503),
    },
  };
}

function eventOperation(contract: Contract): object {
  return {
    tags: ['events'],
    operationId: `publish ${contract.name}`,
    summary: `Publish ${contract.name}`,
    parameters: [EXPIRY, EVENT_KEY_HEADER, ...TRACE_HEADERS],
    responses: {
      202: answer('Accepted: all in-sync replicas have it.', 'Published', 'PublishedMany'),
      ...problems(400, 404, 413, 415, 422, 503),
    },
  };
}

function requestBody(contract: Contract): object {
  const one = jsonSchemaOf(contract.input);
  const schema = { oneOf: [one, { type: 'array', minItems: 1, items: one }] };
  return {
    required: true,
    content: {
      'application/json': { schema, example: exampleOf(contract.input) },
      [NDJSON_TYPE]: { schema: { type: 'string', description: 'One payload a line.' } },
    },
  };
}

const EXPIRY = {
  name: 'expiresAfterMs',
  in: 'query',
  required: false,
  description: 'What is not done so many milliseconds from now is dropped. Default: never.',
  schema: { type: 'integer', minimum: 1, maximum: MAX_EXPIRY_MS },
};
const ID = { name: 'id', in: 'path', required: true, schema: { type: 'string', maxLength: 200 } };
const WAIT = {
  name: 'waitMs',
  in: 'query',
  description: 'How long to wait for the final status, in milliseconds.',
  schema: { type: 'integer', minimum: 0, maximum: MAX_WAIT_MS, default: 0 },
};

const ASK_PATHS = {
  '/tasks/{id}': {
    get: {
      tags: ['results'],
      operationId: 'status',
      summary: 'What is known of a task',
      parameters: [ID],
      responses: { 200: answer('The latest status.', 'Status'), ...problems(400, 404, 503) },
    },
  },
  '/tasks/{id}/result': {
    get: {
      tags: ['results'],
      operationId: 'result',
      summary: 'Wait for the final status',
      parameters: [ID, WAIT],
      responses: {
        200: answer('The final status.', 'Status'),
        202: answer('Not final yet: ask again.', 'Status'),
        ...problems(400, 404, 503),
      },
    },
  },
  '/tasks/{id}/events': {
    get: {
      tags: ['results'],
      operationId: 'events',
      summary: 'Every status until the final one, as Server-Sent Events',
      parameters: [ID, { name: 'Last-Event-ID', in: 'header', required: false, schema: { type: 'string' } }],
      responses: {
        200: {
          description: 'Events named `status`; the data is a status document.',
          content: { 'text/event-stream': {} },
        },
        204: { description: 'The final status was the last one seen: do not connect again.' },
        ...problems(400, 404, 503),
      },
    },
  },
};

const ABOUT_PATHS = {
  '/contracts': {
    get: { tags: ['about'], operationId: 'contracts', summary: 'What can be sent here', responses: { 200: { description: 'The contracts, with their Avro schemas.' } } }, // prettier-ignore
  },
  ...Object.fromEntries(
    ['live', 'ready', 'startup'].map((probe) => [
      `/health/${probe}`,
      { get: { tags: ['about'], operationId: probe, summary: `Probe: ${probe}`, responses: { 200: { description: 'Yes.' }, 503: { description: 'No.' } } } }, // prettier-ignore
    ]),
  ),
};
