// What users and the other rooms may build on; everything else is core's own business.
export { defineEvent, defineTask, isContract, topicOf, ContractRegistry } from './contract.js';
export type { Contract, EventContract, InputOf, OutputOf, PayloadOf, ReturnOf, TaskContract } from './contract.js';
export type { AvroSchema } from './avro.js';
export type { TaskContext, TaskLogger } from './context.js';
export { Bury, Drop, Retry } from './outcome.js';
export type { Outcome, Verdict } from './outcome.js';
export { ERROR_CODES, SunbeonError, toFailure } from './errors.js';
export type { ErrorCode, Failure } from './errors.js';
