// Sunbeon on Kafka: the client, the transport that Nest applications take, and the admin verbs.
export { kafkaRoad } from './driver.js';
export { kafkaTransport } from './transport.js';
export type { TransportOptions } from './options.js';
export { Admin } from './admin.js';
export type { AdminOptions, GroupOverview, QueueOverview, QueueRequest, TopologyRow } from './admin.js';
export { findBuried, readBuried } from './dlq.js';
export { DeadLetters } from './dead-letters.js';
export type { DlqFilter } from './dlq-filter.js';
export type { DlqGroup } from './dlq-groups.js';
export type { Buried, BuriedRow, DeadLetterQueue } from './dlq.js';
export { dispositions } from './journal.js';
export { Operator } from './operator.js';
export type { AuditEntry } from './audit.js';
export { Produce } from './produce.js';
export { fromResultRecord } from './results-record.js';
export { RESULTS_TOPIC } from './names.js';
export { scan } from './scan.js';
export { systemClock } from './clock.js';
