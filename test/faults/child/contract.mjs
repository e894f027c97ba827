import { defineTask } from '@sunbeon/core';

const input = {
  type: 'record',
  name: 'Step',
  fields: [
    { name: 'key', type: ['null', 'string'] },
    { name: 'n', type: 'int' },
    // What the handler does: `work`; `retry`: fails at its first attempt; `bury`: asks to be buried.
    { name: 'does', type: 'string' },
    { name: 'padding', type: 'string', default: '' },
  ],
};

/** What all the scenarios of faults send and run. */
export const step = defineTask({
  name: 'step',
  queue: 'steps',
  input,
  output: 'int',
  key: ({ key }) => key ?? undefined,
  retry: { delaysMs: [500] },
});
