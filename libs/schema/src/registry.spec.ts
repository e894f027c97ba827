import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { avroCodec } from './avro-codec.js';
import type { AvroCodecOptions } from './options.js';
import { TinyRegistry } from './registry.fixture.js';

const TEXT = { subject: 'text-value', schema: 'string' } as const;
const CHECK = "Check that it runs and that SCHEMA_REGISTRY_URL is right (Apicurio's ends in /apis/ccompat/v7).";

let registry: TinyRegistry;
let url: string;

beforeEach(async () => {
  registry = new TinyRegistry();
  url = await registry.start();
});

afterEach(() => registry.stop());

const codecWith = (options: Partial<AvroCodecOptions> = {}) =>
  avroCodec({ registryUrl: url, timeoutMs: 2_000, ...options });

describe('a registry that does not answer', () => {
  it('is named without its credentials, and asked again next time', async () => {
    await registry.stop();
    const codec = codecWith({ registryUrl: url.replace('://', '://me:secret@') });
    const failure: Error = await codec.encode(TEXT, 'x').then(() => new Error('encoded'), (error: Error) => error); // prettier-ignore
    expect(failure).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', retriable: true, facts: { url } });
    expect(failure.message).toMatch(`text: the schema registry at ${url} did not answer: connect ECONNREFUSED`);
    expect(failure.message).toContain(CHECK);
    expect(failure.message).not.toContain('secret');
  });

  it('does not spoil the next call', async () => {
    const codec = codecWith();
    registry.override = () => ({
      status: 500,
      body: { error_code: 50001, message: 'Error in the backend data store' },
    });
    await expect(codec.register(TEXT)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: `text: the schema registry at ${url} did not answer: Error in the backend data store. ${CHECK}`,
    });
    expect(registry.requests).toHaveLength(2);
    registry.override = () => undefined;
    await codec.register(TEXT);
  });

  it('is waited for no longer than the time given', async () => {
    registry.override = () => 'hang';
    await expect(codecWith({ timeoutMs: 50 }).register(TEXT)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: expect.stringContaining('did not answer: it took longer than 50 ms. Check'),
    });
  });

  it('gets a second try when a connection breaks', async () => {
    registry.override = () => (registry.requests.length === 1 ? 'reset' : undefined);
    await codecWith().register(TEXT);
    expect(registry.requests).toHaveLength(2);
  });

  it('is told apart from a schema that it does not have', async () => {
    const frame = Buffer.from([0, 0, 0, 0, 7]);
    await expect(codecWith().decodeAny(frame)).rejects.toMatchObject({
      code: 'SCHEMA_UNKNOWN',
      retriable: false,
      message: expect.stringMatching(/^The registry at http:\S+ has no schema 7 \(Schema not found\)\. The record was/),
    });
  });

  it.each([
    ['a page', { status: 404, text: '<html>no such page</html>' }, 'status 404'],
    ['JSON', { status: 404, body: { message: 'no resource here' } }, 'no resource here'],
  ])('is told apart from something else that says 404 with %s', async (_name, answer, reason) => {
    registry.override = () => answer;
    await expect(codecWith().decodeAny(Buffer.from([0, 0, 0, 0, 7]))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: `schema 7: the schema registry at ${url} did not answer: ${reason}. ${CHECK}`,
    });
    await expect(codecWith().register(TEXT)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });

  it('is told apart from a page that answers everything', async () => {
    registry.override = ({ url: path }) => (path === '/subjects' ? { status: 200, text: 'welcome' } : undefined);
    await expect(codecWith().decodeAny(Buffer.from([0, 0, 0, 0, 7]))).rejects.toThrow('it is not a schema registry');
  });

  it('may want credentials', async () => {
    registry.override = () => ({ status: 401, body: { error_code: 401, message: 'Unauthorized' } });
    await expect(codecWith().register(TEXT)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
      message: `text: the schema registry at ${url} did not answer: Unauthorized. Check its credentials.`,
    });
  });

  it('may answer with something else', async () => {
    registry.override = () => ({ status: 200, text: '<html>log in</html>' });
    await expect(codecWith().register(TEXT)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    await expect(codecWith().decodeAny(Buffer.from([0, 0, 0, 0, 7]))).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
    });
  });
});

describe('a registry that refuses a schema', () => {
  it('says that it is incompatible', async () => {
    registry.override = () => ({
      status: 409,
      body: { error_code: 409, message: 'Schema being registered is incompatible' },
    });
    await expect(codecWith().register(TEXT)).rejects.toMatchObject({
      code: 'SCHEMA_INCOMPATIBLE',
      retriable: false,
      message:
        'text: the registry refused the schema of "text-value": Schema being registered is incompatible. ' +
        'Give new fields a default and keep the names and types of the others, or declare a new contract.',
    });
  });

  it('says that it is invalid', async () => {
    registry.override = () => ({ status: 422, body: { error_code: 42201, message: 'Invalid schema' } });
    await expect(codecWith().register(TEXT)).rejects.toMatchObject({
      code: 'CONTRACT_INVALID',
      message: 'text: the registry does not take the schema: Invalid schema. Mend the schema literal of the contract.',
    });
  });
});

describe('options', () => {
  it('sends a name and a password, also from the URL, or a token', async () => {
    await codecWith({ auth: { username: 'me', password: 'pä:ss' } }).register(TEXT);
    await codecWith({ registryUrl: `${url.replace('://', '://me:p%40@')}/` }).register(TEXT);
    await codecWith({ auth: { token: 'abc' } }).register(TEXT);
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(registry.authorizations).toEqual([basic('me:pä:ss'), basic('me:p@'), 'Bearer abc']);
    expect(new Set(registry.requests).size).toBe(1);
  });

  it('leaves the compatibility as it is unless told', async () => {
    await codecWith().register(TEXT);
    expect(registry.levels.size).toBe(0);
    await codecWith({ compatibility: 'FULL' }).register(TEXT);
    expect(registry.levels.get('text-value')).toBe('FULL');
  });

  it('sets the compatibility of a new subject after its first schema', async () => {
    await codecWith({ compatibility: 'FULL' }).register(TEXT);
    expect(registry.requests.map((line) => line.split(' ')[0])).toEqual(['PUT', 'POST', 'PUT']);
    expect(registry.levels.get('text-value')).toBe('FULL');
  });

  it('does not register where the compatibility cannot be set', async () => {
    registry.override = ({ method }) => (method === 'PUT' ? { status: 500, body: { message: 'no' } } : undefined);
    await expect(codecWith({ compatibility: 'FULL' }).register(TEXT)).rejects.toMatchObject({
      code: 'REGISTRY_UNAVAILABLE',
    });
    expect(registry.subjects.size).toBe(0);
  });

  it.each([
    [{ registryUrl: 'ftp://user:secret@x' }, 'avroCodec: registryUrl is (not shown). Give an http(s) URL'],
    [{ timeoutMs: 0 }, 'avroCodec: timeoutMs is 0. Give a whole number from 1.'],
    [{ compatibility: 'SOME' }, 'avroCodec: compatibility is SOME. Use one of NONE, BACKWARD'],
    [{ timeout: 1 }, 'avroCodec: nobody reads the option "timeout". Did you mean "timeoutMs"?'],
  ])('refuses %j', (options, message) => {
    expect(() => codecWith(options as Partial<AvroCodecOptions>)).toThrow(message);
  });
});

describe('registering', () => {
  const REGISTERED = /^POST \/subjects/;
  const refusal = (message: string) => ({ status: 409, body: { error_code: 409, message } });

  it('is tried again when another process has just made the same subject', async () => {
    const there = refusal("An artifact with ID 'text-value' already exists");
    registry.override = () => (registry.count(REGISTERED) === 1 ? there : undefined);
    await codecWith().register(TEXT);
    expect(registry.count(REGISTERED)).toBe(2);
  });

  it('is not tried again when the schema is refused', async () => {
    registry.override = () => refusal('Schema being registered is incompatible');
    await expect(codecWith().register(TEXT)).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });
    const once = registry.count(REGISTERED);
    registry.override = () => refusal('already exists');
    await expect(codecWith().register(TEXT)).rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE' });
    expect(registry.count(REGISTERED) - once).toBeGreaterThan(once);
  });

  it('puts the deployment’s prefix before the subject', async () => {
    await codecWith({ subjectPrefix: 'blue.' }).register(TEXT);
    expect([...registry.subjects]).toEqual(['blue.text-value']);
  });
});
