import { DeadLetters, dispositions } from '@sunbeon/kafka';
import type { Cluster } from './cluster.js';

/** The reading verbs of the workbench on this cluster; what was discarded is left out. */
export function deadLetters({ road, admin, codec, prefix }: Cluster): DeadLetters {
  return new DeadLetters({ road, admin, codec, dispositions: (dlq) => dispositions(road, dlq, prefix) });
}
