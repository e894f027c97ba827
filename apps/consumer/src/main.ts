import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import * as declared from '@sunbeon/contracts';
import { isContract } from '@sunbeon/core';
import { kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { servable, serve } from '@sunbeon/nest';
import { avroCodec, jsonCodec } from '@sunbeon/schema';
import { AppModule } from './app.module.js';
import { readConfig } from './config.js';

await serve('consumer', async () => {
  const config = readConfig(process.env);
  const { brokers, registryUrl, source, prefix, sessionTimeoutMs, instanceId, concurrency, drainTimeoutMs, breaker } =
    config;
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
  });
  const app = await NestFactory.create<NestFastifyApplication>(
    AppModule.forRoot(config, transport, contracts),
    new FastifyAdapter(),
    { abortOnError: false, logger: ['log', 'warn', 'error', 'fatal'] },
  );
  return servable(app, config);
});
