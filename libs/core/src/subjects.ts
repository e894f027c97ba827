import type { Contract, TaskContract } from './contract.js';
import type { SchemaSubject } from './ports.js';

/**
 * The registry subjects of a contract: `<name>-value`, and `<name>.result-value` for a task's output. For an event whose topic
 * is its name this equals Confluent's TopicNameStrategy; a queue that carries several tasks needs one subject for each.
 */
export function inputSubject(contract: Contract): SchemaSubject {
  return { subject: `${contract.name}-value`, schema: contract.input };
}

export function outputSubject(contract: TaskContract): SchemaSubject {
  return { subject: `${contract.name}.result-value`, schema: contract.output };
}
