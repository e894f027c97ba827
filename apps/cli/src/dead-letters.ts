import { DeadLetters } from '@sunbeon/kafka';
import type { Cluster } from './cluster.js';

/** The reading verbs of the workbench on this cluster. */
export function deadLetters({ road, admin, codec }: Cluster): DeadLetters {
  return new DeadLetters({ road, admin, codec });
}
