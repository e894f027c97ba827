import 'reflect-metadata';
import * as declared from '@sunbeon/contracts';
import { isContract } from '@sunbeon/core';
import { kafkaRoad, kafkaTransport, systemClock } from '@sunbeon/kafka';
import { servable, serve } from '@sunbeon/nest';
import { avroCodec, jsonCodec } from '@sunbeon/schema';
import { createApp } from './app.js';
import { type ProducerConfig, readConfig } from './config.js';
import type { Door } from './door.js';

/** What a deployment's environment and contracts make of the door. */
function doorOf(config: ProducerConfig): Door {
  const contracts = Object.values<unknown>(declared).filter(isContract);
  const { brokers, source, prefix, registryUrl, maxBatch, maxWaiters, bodyLimitBytes } = config;
  const transport = kafkaTransport({
    road: kafkaRoad({ brokers, clientId: source }),
    codec: registryUrl === undefined ? jsonCodec() : avroCodec({ registryUrl, subjectPrefix: prefix }),
    contracts,
    source,
    prefix,
    // Whoever asks about a task may ask another replica than the one that sent it.
    results: { follow: 'all' },
    // HTTP clients wait for seconds, not for half a minute; what has no room now is theirs to send again.
    produce: { deliveryTimeoutMs: 10_000, whenFull: 'fail' },
  });
  return { transport, contracts, source, clock: systemClock, maxBatch, maxWaiters, bodyLimitBytes };
}

await serve('producer', async () => {
  const config = readConfig(process.env);
  return servable(await createApp(doorOf(config)), config);
});
