import { EventEmitter, once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import type { ConsoleAdmin } from './admin.port.js';
import { serve, type Host } from './serve.js';

/** A process that notes what is done to it. */
class FakeHost extends EventEmitter implements Host {
  out = '';
  err = '';
  readonly exits: number[] = [];
  readonly env: Record<string, string>;
  readonly stdout = { write: (text: string) => void (this.out += text) };
  readonly stderr = { write: (text: string) => void (this.err += text) };

  constructor(env: Record<string, string> = {}) {
    super();
    this.env = { PORT: '0', KAFKA_BROKERS: '127.0.0.1:1', SCHEMA_REGISTRY_URL: 'http://127.0.0.1:1', ...env };
  }

  exit(code: number): void {
    this.exits.push(code);
    this.emit('exited');
  }
}

const admin = (disconnect: () => Promise<void>): ConsoleAdmin => ({ overview: async () => [], disconnect });
const clock = { now: () => 0, after: () => () => undefined };
const run = (host: FakeHost, disconnect = async () => undefined as void) => serve(host, () => admin(disconnect), clock);

describe('the process of the console', () => {
  it('says where it is, and a signal stops it with code 0', async () => {
    const host = new FakeHost();
    await run(host);
    const url = /^console: ready on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(host.out)![1]!;
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
    const exited = once(host, 'exited');
    host.emit('SIGTERM', 'SIGTERM');
    await exited;
    expect(host.exits).toEqual([0]);
    await expect(fetch(url)).rejects.toThrow();
  });

  it('ends at once at a second signal', async () => {
    const host = new FakeHost();
    let release = (): void => undefined;
    await run(host, () => new Promise<void>((resolve) => (release = resolve)));
    host.emit('SIGINT', 'SIGINT');
    expect(host.exits).toEqual([]);
    host.emit('SIGINT', 'SIGINT');
    expect(host.exits).toEqual([130]);
    const exited = once(host, 'exited');
    await new Promise((resolve) => setImmediate(resolve));
    release();
    await exited;
  });

  it('refuses a wrong environment in one line, code 1', async () => {
    const host = new FakeHost({ PORT: 'http' });
    await run(host);
    expect(host.exits).toEqual([1]);
    expect(host.err).toMatch(/^console: PORT got "http"\. Give a port.*\n$/);
  });

  it('says when its port is taken, code 1', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const host = new FakeHost({ PORT: String(port) });
    await run(host);
    expect(host.exits).toEqual([1]);
    expect(host.err).toBe(`console: port ${port} on 127.0.0.1 is in use. Stop what listens there, or set PORT.\n`);
    other.close();
  });

  it('warns when others can reach it', async () => {
    const host = new FakeHost({ HOST: '0.0.0.0' });
    await run(host);
    expect(host.err).toMatch(/0\.0\.0\.0 is open to others; it has no login/);
    const exited = once(host, 'exited');
    host.emit('SIGTERM', 'SIGTERM');
    await exited;
  });
});
