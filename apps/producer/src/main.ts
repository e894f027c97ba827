import 'reflect-metadata';
import * as declared from '@sunbeon/contracts';
import { isContract, SunbeonError } from '@sunbeon/core';
import { kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { avroCodec } from '@sunbeon/schema';
import type { FastifyInstance } from 'fastify';
import { createApp } from './app.js';
import { type ProducerConfig, readConfig } from './config.js';
import { type Door, systemClock } from './door.js';
import { endOnSignals } from './shutdown.js';

/** What a deployment's environment and contracts make of the door. */
function doorOf(config: ProducerConfig): Door {
  const contracts = Object.values(declared).filter(isContract);
  const { brokers, source, topicPrefix, registryUrl, maxBatch, maxWaiters, bodyLimitBytes } = config;
  const transport = kafkaTransport({
    road: kafkaRoad({ brokers, clientId: source }),
    codec: avroCodec({ registryUrl }),
    contracts,
    source,
    ...(topicPrefix === undefined ? {} : { prefix: topicPrefix }),
    // Whoever asks about a task may ask another replica than the one that sent it.
    results: { follow: 'all' },
  });
  return { transport, contracts, source, clock: systemClock, maxBatch, maxWaiters, bodyLimitBytes };
}

async function main(): Promise<void> {
  const config = readConfig(process.env);
  const app = await createApp(doorOf(config));
  endOnSignals(app);
  await app.init();
  // Fastify's own listen: Nest's would log an error of its own before ours says what to do.
  const server = app.getHttpAdapter().getInstance() as FastifyInstance;
  const address = await server.listen({ port: config.port, host: config.host }).catch(async (error: unknown) => {
    await app.close();
    throw error;
  });
  process.stdout.write(`Sunbeon producer on ${address} (documentation: /docs)\n`);
}

/** One line that says what to do; a stack only for what nobody foresaw. */
function explain(thrown: unknown): string {
  const { code, message, stack, port } = thrown as NodeJS.ErrnoException & { port?: number };
  if (code === 'EADDRINUSE') return `Port ${port} is in use. End the other process, or set PORT to another one.`;
  if (code === 'EACCES') return `Port ${port} may not be opened by this user. Set PORT to one above 1023.`;
  if (thrown instanceof SunbeonError) return `${thrown.code}: ${message}`;
  return stack ?? String(thrown);
}

main().catch((error: unknown) => {
  process.stderr.write(`${explain(error)}\n`);
  process.exit(1);
});
