import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import * as declared from '@sunbeon/contracts';
import { isContract } from '@sunbeon/core';
import { kafkaRoad, kafkaTransport, type TransportOptions } from '@sunbeon/kafka';
import { servable, serve } from '@sunbeon/nest';
import { avroCodec, jsonCodec } from '@sunbeon/schema';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';
import { shadowEnded } from './shadow.js';

await serve('consumer', async () => {
  const config = readConfig(process.env);
  const { brokers, registryUrl, source, prefix, sessionTimeoutMs, instanceId, concurrency, drainTimeoutMs, breaker } =
    config;
  const shadow = config.shadow as TransportOptions['shadow'];
  const contracts = Object.values<unknown>(declared).filter(isContract);
  const transport = kafkaTransport({
    road: kafkaRoad({
      brokers,
      clientId: source,
      sessionTimeoutMs,
      ...(instanceId === undefined ? {} : { instanceId }),
    }),
    codec: registryUrl === undefined ? jsonCodec() : avroCodec({ registryUrl, subjectPrefix: prefix }),
    contracts,
    source,
    prefix,
    consume: { concurrency, drainTimeoutMs, breaker: breaker ? {} : false },
    results: { follow: 'none' },
    shadow,
  });
  const ended = shadow && shadowEnded(transport.events, process);
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, transport, contracts),
    new FastifyAdapter(),
    { abortOnError: false, logger: ['log', 'warn', 'error', 'fatal'] },
  );
  if (ended === undefined) return servable(app, config);
  return { ...servable(app, { ...config, port: 0 }), ended }; // its port belongs to the consumer beside it
});
