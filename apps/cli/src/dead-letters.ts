import { DeadLetters, dispositions } from '@sunbeon/kafka';
import type { Cluster } from './cluster.js';

/** The reading verbs of the workbench on this cluster; what was discarded is left out. */
export function deadLetters({ road, admin, codec, prefix }: Cluster): DeadLetters {
  const hidden = async (dlq: string): Promise<(partition: number, offset: number) => boolean> => {
    const dispositionOf = await dispositions(road, dlq, prefix);
    return (partition, offset) => dispositionOf(partition, offset) === 'discarded';
  };
  return new DeadLetters({ road, admin, codec, hidden });
}
