import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a test may put in place of the registry's own answer; undefined = answer as a registry. */
export type Override = (
  request: IncomingMessage,
) => { status: number; body?: unknown; text?: string } | 'hang' | 'reset' | undefined;

/** The endpoints of Confluent's registry that the codec uses, in this process. */
export class TinyRegistry {
  readonly requests: string[] = [];
  readonly authorizations: (string | undefined)[] = [];
  readonly subjects = new Set<string>();
  readonly levels = new Map<string, string>();
  readonly schemas: { schema: string; schemaType?: string }[] = [];
  override: Override = () => undefined;
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  /** The id of a schema, the same for the same text. */
  put(schema: unknown, schemaType?: string): number {
    const text = JSON.stringify(schema);
    const known = this.schemas.findIndex((entry) => entry.schema === text);
    if (known >= 0) return known + 1;
    return this.schemas.push({ schema: text, ...(schemaType === undefined ? {} : { schemaType }) });
  }

  count(pattern: RegExp): number {
    return this.requests.filter((line) => pattern.test(line)).length;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.requests.push(`${request.method} ${request.url}`);
    this.authorizations.push(request.headers.authorization);
    const body = await readAll(request);
    const instead = this.override(request);
    if (instead === 'hang') return;
    if (instead === 'reset') return void request.socket.destroy();
    const { status, body: answer, text } = instead ?? this.#route(request, body);
    response.writeHead(status, { 'content-type': 'application/vnd.schemaregistry.v1+json' });
    response.end(text ?? JSON.stringify(answer));
  }

  #route(request: IncomingMessage, body: string): { status: number; body: unknown; text?: string } {
    const [, root, name, tail] = (request.url ?? '').split('/').map(decodeURIComponent);
    if (root === 'schemas') return this.#schema(Number(tail));
    if (root === 'config') return this.#config(name!, body);
    if (root === 'subjects' && name === undefined) return { status: 200, body: [...this.subjects] };
    if (root === 'subjects' && tail === 'versions') return this.#register(name!, body);
    return { status: 404, body: { error_code: 404, message: 'HTTP 404 Not Found' } };
  }

  #schema(id: number): { status: number; body: unknown } {
    const found = this.schemas[id - 1];
    return found
      ? { status: 200, body: found }
      : { status: 404, body: { error_code: 40403, message: 'Schema not found' } };
  }

  #register(subject: string, body: string): { status: number; body: unknown } {
    this.subjects.add(subject);
    return { status: 200, body: { id: this.put(JSON.parse(JSON.parse(body).schema)) } };
  }

  /** As Apicurio: no level before the subject is there. */
  #config(subject: string, body: string): { status: number; body: unknown } {
    if (!this.subjects.has(subject)) return { status: 404, body: { error_code: 40401, message: 'no such subject' } };
    this.levels.set(subject, JSON.parse(body).compatibility);
    return { status: 200, body: JSON.parse(body) };
  }
}

async function readAll(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request) text += String(chunk);
  return text;
}
