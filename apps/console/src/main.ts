import 'reflect-metadata';
import * as declared from '@sunbeon/contracts';
import { isContract } from '@sunbeon/core';
import { Admin, kafkaRoad, systemClock } from '@sunbeon/kafka';
import { readEnvironment, servable, serve } from '@sunbeon/nest';
import { createConsole } from './console.js';

await serve('console', async () => {
  const { brokers, source, prefix, ...where } = readEnvironment(process.env, { port: 4000, source: 'sunbeon-console' });
  const road = kafkaRoad({ brokers, clientId: source });
  const admin = new Admin({ road, contracts: Object.values<unknown>(declared).filter(isContract), prefix });
  const disconnect = async (): Promise<void> => (await road.admin()).disconnect();
  const app = await createConsole({ overview: () => admin.overview(), disconnect }, systemClock);
  return servable(app, where);
});
