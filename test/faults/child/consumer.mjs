// A consumer in a process of its own: runs steps until SIGTERM, drains, and ends by itself. Runs on the built libs.
import { Bury } from '@sunbeon/core';
import { openChild } from './transport.mjs';

const MEMORY_EVERY_MS = 250;
/** A stopped process that still stands after so long says what holds it. */
const STANDS_MS = 5_000;

const { told, note, step, transport } = openChild('consumer');
let runs = 0;

async function handle({ key, n, does, fails }, { id, attempt, topic, partition, offset }) {
  const facts = { run: runs++, attempt, id, key, n, topic, partition, offset };
  note({ kind: 'start', ...facts });
  try {
    const [least, most] = told.handlerMs;
    await new Promise((resume) => setTimeout(resume, least + Math.random() * (most - least)));
    if (does === 'bury') throw new Bury('as asked');
    if (attempt <= fails) throw new Error('as asked');
    note({ kind: 'effect', ...facts });
    return n;
  } finally {
    note({ kind: 'end', ...facts });
  }
}

const memory = setInterval(() => {
  const waiting = transport.health().reduce((sum, one) => sum + one.waiting, 0);
  const running = transport.health().reduce((sum, one) => sum + one.running, 0);
  note({ kind: 'memory', rssMb: Math.round(process.memoryUsage.rss() / 1e6), waiting, running });
}, MEMORY_EVERY_MS);

let stopping;
process.on('SIGTERM', () => {
  // Ends by itself once nothing is open any more: a handle that stays is found by the rig, which waits.
  stopping ??= transport.stop().then(() => {
    note({ kind: 'said', text: 'stopped' });
    clearInterval(memory);
    const tell = () => note({ kind: 'said', text: `still open: ${process.getActiveResourcesInfo().join(' ')}` });
    setTimeout(tell, STANDS_MS).unref();
    process.disconnect?.();
  });
});
/** Blocks the event loop, as a computation would: no timer, no heartbeat, no answer is looked at. */
process.on('message', ({ blockMs }) => {
  note({ kind: 'said', text: `blocked for ${blockMs} ms` });
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
});

await transport.start();
await transport.consume([{ contract: step, group: undefined, policy: step.policy, where: 'consumer.handle', handle }]);
note({ kind: 'said', text: 'ready' });
process.send({ ready: true });
