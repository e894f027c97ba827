import { expect, test } from '@jest/globals';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { isFree, preferred } from './ports.js';

test('a port is free when nobody listens; a taken one is not preferred', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  expect([await isFree(port), await preferred(port)]).toEqual([false, 0]);

  server.close();
  await once(server, 'close');
  expect([await isFree(port), await preferred(port)]).toEqual([true, port]);
});
