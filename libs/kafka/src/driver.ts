import { SunbeonError } from '@sunbeon/core';
import { Events } from '@sunbeon/core/events';
import type { Road } from '@sunbeon/core/ports';
import { KafkajsAdmin } from './driver/admin.js';
import { createContext, type DriverContext } from './driver/client.js';
import { KafkajsConsumer } from './driver/consumer.js';
import { KafkajsProducer } from './driver/producer.js';
import { KafkajsReader } from './driver/reader.js';
import { checkRoadOptions, type KafkaRoadOptions } from './driver/options.js';
import { PATCHED_VERSION } from './patches.js';

export type { KafkaRoadOptions } from './driver/options.js';

/**
 * The road over kafkajs 2.2.4. Connects nothing until a part of it is asked for. This file and those in `driver/` are the
 * only ones that know kafkajs.
 * @throws SunbeonError `OPTION_UNKNOWN`, `OPTION_INVALID`
 */
export function kafkaRoad(options: KafkaRoadOptions): Road {
  checkRoadOptions(options);
  const events = options.events ?? new Events();
  const context = createContext({ ...options, events });
  checkInstanceId(context);
  // One for all who ask: it connects at the first call, and anew at the first after a disconnect.
  const admin = new KafkajsAdmin(context);
  return {
    events,
    async producer(choice) {
      requireVersion(context);
      const producer = new KafkajsProducer(context, choice);
      await producer.connect();
      return producer;
    },
    async consumer(group) {
      requireHooks(context);
      return new KafkajsConsumer(context, group);
    },
    async reader(positions) {
      requireHooks(context);
      return new KafkajsReader(context, positions);
    },
    async admin() {
      return admin;
    },
  };
}

function requireVersion({ answers }: DriverContext): void {
  if (answers) return;
  throw new SunbeonError('OPTION_INVALID', 'Producers do not know the answers of this version of kafkajs.', {
    hint: `Install kafkajs@${PATCHED_VERSION}.`,
  });
}

function requireHooks({ joinHooks }: DriverContext): void {
  if (joinHooks) return;
  throw new SunbeonError('OPTION_INVALID', 'Consumers need the join hooks, which are off.', {
    hint: `Install kafkajs@${PATCHED_VERSION} and leave patches.joinHooks on.`,
  });
}

/** Brokers take the same names for it as for topics. */
const INSTANCE_ID = /^(?!\.{1,2}$)[\w.-]{1,249}$/;

function checkInstanceId({ instanceId, staticMembership }: DriverContext): void {
  if (instanceId === undefined) return;
  if (!INSTANCE_ID.test(instanceId)) {
    throw new SunbeonError('OPTION_INVALID', `instanceId is "${instanceId}".`, {
      hint: 'Give letters, digits, ".", "_" and "-", 249 at most, for example the name of the pod.',
    });
  }
  if (staticMembership) return;
  throw new SunbeonError('OPTION_INVALID', 'An instanceId needs the patch staticMembership, which is off.', {
    hint: `Install kafkajs@${PATCHED_VERSION} and leave patches.staticMembership on, or give no instanceId.`,
  });
}
