import { kafkaRoad } from '@sunbeon/kafka';
import type { ConsoleAdmin } from './admin.port.js';
import { adminOver } from './cluster.js';
import type { Settings } from './settings.js';

/** The admin verbs over the cluster of the settings. Nothing is connected until the first read. */
export function connect(settings: Settings): ConsoleAdmin {
  return adminOver(kafkaRoad({ brokers: settings.brokers, clientId: 'sunbeon-console' }), settings.topicPrefix);
}
