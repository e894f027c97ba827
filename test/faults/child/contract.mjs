import { defineTask } from '@sunbeon/core';

const input = {
  type: 'record',
  name: 'Step',
  fields: [
    { name: 'key', type: ['null', 'string'] },
    { name: 'n', type: 'int' },
    // What the handler does: `work`, after as many failed attempts as it is told; `bury`: asks to be buried.
    { name: 'does', type: 'string' },
    { name: 'fails', type: 'int', default: 0 },
    { name: 'padding', type: 'string', default: '' },
  ],
};

/** The queue of all the scenarios of faults. */
export const QUEUE = 'steps';

/** What they send and run. @param policy what is done about a failed one: `delaysMs`, and what else a contract says */
export function stepOf({ delaysMs, ...policy }) {
  const key = ({ key }) => key ?? undefined;
  return defineTask({ name: 'step', queue: QUEUE, input, output: 'int', key, retry: { delaysMs }, ...policy });
}
