import { defineTask } from '@sunbeon/core';

/** The first task of every tutorial. */
export const mathAdd = defineTask({
  name: 'math.add',
  queue: 'math',
  input: {
    type: 'record',
    name: 'Add',
    namespace: 'sunbeon.math',
    fields: [
      { name: 'a', type: 'double' },
      { name: 'b', type: 'double' },
    ],
  },
  output: {
    type: 'record',
    name: 'Sum',
    namespace: 'sunbeon.math',
    fields: [{ name: 'sum', type: 'double' }],
  },
  retry: { delaysMs: [500, 2_000] },
});
