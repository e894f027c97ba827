import type { ContractRegistry } from '@sunbeon/core/contract';
import type { Binding, Road } from '@sunbeon/core/ports';
import type { Slots } from '@sunbeon/core/slots';
import type { Alone } from './alone.js';
import type { AttemptDependencies } from './attempt.js';
import type { CommitOptions } from './commits.js';
import type { PressureOptions } from './pressure.js';

export interface ConsumeOptions extends CommitOptions, PressureOptions {
  /** How long running handlers of partitions that go (a stop, a rebalance) are waited for before their signals abort. */
  readonly drainTimeoutMs: number;
  /** After so many deliveries whose process ended before it did a record is buried without being run; 0 = nobody counts. */
  readonly maxDeliveries: number;
}

export interface ConsumeDependencies extends AttemptDependencies {
  readonly road: Road;
  readonly contracts: ContractRegistry;
  readonly bindings: ReadonlyMap<string, Binding>;
  /** Of all consumers of the transport. */
  readonly slots: Slots;
  /** The same. */
  readonly alone: Alone;
  /** Handlers of this queue that run at once; undefined = as many as the slots have. */
  readonly concurrency: number | undefined;
  readonly options: ConsumeOptions;
}
