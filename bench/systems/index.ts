import { system as bullmq } from './bullmq.ts';
import { system as graphileWorker } from './graphile-worker.ts';
import { system as kafkajs } from './kafkajs.ts';
import { system as nestKafka } from './nest-kafka.ts';
import { system as rabbitmq } from './rabbitmq.ts';
import { system as sunbeonNest } from './sunbeon-nest.ts';
import { system as sunbeon } from './sunbeon.ts';
import type { System } from './system.ts';

/** All systems, in the order in which they take turns. */
export const SYSTEMS: readonly System[] = [sunbeon, sunbeonNest, kafkajs, bullmq, rabbitmq, graphileWorker, nestKafka];
