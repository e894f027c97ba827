// A road whose process kills itself, as kill -9 does, around a write of a kind: before it is sent, on its way, or once it is acknowledged.
import { headerText, HEADER } from '@sunbeon/core/headers';
import { isFinal } from '@sunbeon/core/result-status';
import { QUEUE } from './contract.mjs';

/** On its way: within so many milliseconds. */
const SOON_MS = 3;

const attemptOf = ({ headers }) => Number(headerText(headers, HEADER.attempt) ?? 1);
const statusOf = ({ headers }) => headerText(headers, HEADER.status) ?? '';

/** By the name that a child is told. */
const WRITES = {
  /** A failed attempt's next one goes to a retry topic. */
  retry: ({ topic }) => /\.retry\.\d+\w+$/.test(topic),
  /** What was due goes back to its queue. */
  forward: ({ topic }) => topic === QUEUE,
  bury: ({ topic }) => topic.endsWith('.dlq'),
  /** A failed attempt's next one is noted, and its lane waits. */
  hold: ({ topic, value }) => topic.endsWith('.retry.held') && value !== null,
  /** What was tried again has come to its end. */
  end: (record) => isFinal(statusOf(record)) && attemptOf(record) > 1,
};

/** @param dies undefined: it does not. `at`: one of the writes above; `nth` of them, from 1; `when`: `before`, `during` or `after` */
export function mortal(road, { dies, note }) {
  if (dies === undefined) return road;
  const isIt = WRITES[dies.at];
  let left = dies.nth;
  const die = () => {
    note({ kind: 'said', text: `dies ${dies.when} ${dies.at}` });
    process.kill(process.pid, 'SIGKILL');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0); // nothing happens any more
  };
  const producerOf = (producer) => ({
    async send(records) {
      const isNow = records.some(isIt) && --left === 0;
      if (isNow && dies.when === 'before') die();
      if (isNow && dies.when === 'during') setTimeout(die, Math.random() * SOON_MS);
      await producer.send(records);
      if (isNow && dies.when === 'after') die();
    },
    disconnect: () => producer.disconnect(),
  });
  return { ...road, producer: async () => producerOf(await road.producer()) };
}
