import type { Provider } from '@nestjs/common';
import { Test, type TestingModule } from '@nestjs/testing';
import { SunbeonModule } from './sunbeon.module.js';
import { FakeTransport } from './transport.fake.js';

/** Boots applications of some providers over a fake transport, and closes them all at the end of a test. */
export class Apps {
  readonly #apps: TestingModule[] = [];

  async boot(...providers: Provider[]): Promise<FakeTransport> {
    const transport = new FakeTransport();
    const imports = [SunbeonModule.forRoot({ transport, log: false })];
    const app = await Test.createTestingModule({ imports, providers }).compile();
    this.#apps.push(app);
    await app.init();
    return transport;
  }

  async close(): Promise<void> {
    for (const app of this.#apps.splice(0)) await app.close();
  }
}
