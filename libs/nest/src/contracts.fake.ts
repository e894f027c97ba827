import { defineEvent, defineTask } from '@sunbeon/core';

// The contracts that the specs of this room share.
export const add = defineTask({
  name: 'math.add',
  queue: 'math',
  input: { type: 'record', name: 'Add', fields: [{ name: 'a', type: 'double' }, { name: 'b', type: 'double' }] }, // prettier-ignore
  output: { type: 'record', name: 'Sum', fields: [{ name: 'sum', type: 'double' }] },
  key: ({ a }) => (a === 0 ? undefined : `a${a}`),
});

export const multiply = defineTask({ name: 'math.multiply', queue: 'math', input: 'double' });
export const landed = defineEvent({ name: 'flight.landed', schema: 'string' });
