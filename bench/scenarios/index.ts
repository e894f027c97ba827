import { scenario as backlogMemory } from './backlog-memory.ts';
import { scenario as dlq } from './dlq.ts';
import { scenario as enqueueBulk } from './enqueue-bulk.ts';
import { scenario as enqueueSingle } from './enqueue-single.ts';
import { scenario as idle } from './idle.ts';
import { scenario as latency } from './latency-1000ps.ts';
import { scenario as parallelConsumerTable } from './parallel-consumer-table.ts';
import { scenario as partitions } from './partitions.ts';
import { scenario as processNoop } from './process-noop.ts';
import { scenario as processWithResult } from './process-with-result.ts';
import { scenario as restart } from './restart.ts';
import { scenario as retryLateness } from './retry-lateness.ts';
import { scenario as retryThroughput } from './retry-throughput.ts';
import { scenario as roundtrip } from './roundtrip.ts';
import type { Scenario } from './scenario.ts';
import { scenario as slowLane } from './slow-lane.ts';

/** All scenarios, in the order in which they run. */
export const SCENARIOS: readonly Scenario[] = [
  enqueueSingle,
  enqueueBulk,
  processNoop,
  processWithResult,
  latency,
  roundtrip,
  parallelConsumerTable,
  slowLane,
  backlogMemory,
  restart,
  idle,
  partitions,
  dlq,
  retryLateness,
  retryThroughput,
];
