// A sender in a process of its own: so many steps of so many keys at a rate, in order per key. Ends when all are acknowledged.
// A send that is refused is sent again with the same id until it is taken, and the key waits for it.
import { createEnvelope } from '@sunbeon/core/envelope';
import { derivedId } from '@sunbeon/core/ids';
import { planOf } from './plan.mjs';
import { openChild } from './transport.mjs';

const AGAIN_MS = 100;
const TICK_MS = 10;

const { told, note, step, transport } = openChild('sender');
const pause = (ms) => new Promise((resume) => setTimeout(resume, ms));
const startedAt = performance.now();
let taken = 0;
let unkeyed = 0;
let over = false;
process.on('SIGTERM', () => (over = true));

/** @returns whether one more may be sent; waits until the rate allows it. */
async function turn() {
  if (over || taken >= told.count) return false;
  const dueMs = (taken++ / told.perSecond) * 1_000;
  while (performance.now() - startedAt < dueMs && !over) await pause(TICK_MS);
  return !over;
}

function messageOf({ key, n, does, plan }) {
  const id = derivedId(Date.now(), String(told.seed), told.name, key ?? '', String(n));
  const subject = key === null ? {} : { key };
  const envelope = createEnvelope({ id, type: step.name, source: 'sender', timeMs: Date.now(), ...subject });
  return { contract: step, envelope, payload: { key, n, does, fails: plan.fails, padding: told.padding } };
}

async function send(one) {
  const { key, n, does } = one;
  const plan = planOf(told, one);
  const message = messageOf({ key, n, does, plan });
  const { id } = message.envelope;
  note({ kind: 'sent', id, key, n, plan });
  for (;;) {
    try {
      await transport.send([message]);
      return note({ kind: 'acked', id });
    } catch (error) {
      note({ kind: 'refused', id, code: String(error.code ?? error.name) });
      await pause(AGAIN_MS);
    }
  }
}

/** A key's steps, `window` of them under way at once: more than one only where no send is refused, for order's sake. */
async function walk(name) {
  const underWay = new Set();
  for (let n = 0; await turn(); n++) {
    const sent = send(told.keyed ? { key: name, n, does: 'work' } : { key: null, n: unkeyed++, does: 'work' }).finally(
      () => underWay.delete(sent),
    );
    underWay.add(sent);
    if (underWay.size >= told.window) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

/** Steps without a key: those that fail once, those that are buried. */
async function stray() {
  for (let n = 0; await turn(); n++)
    await send(n % 10 === 0 ? { key: null, n, does: 'bury' } : { key: null, n, does: 'work', fails: 1 });
}

await transport.start();
process.send({ ready: true });
await Promise.all([...Array.from({ length: told.keys }, (_, i) => walk(`k${i}`)), ...(told.strays ? [stray()] : [])]);
await transport.stop();
note({ kind: 'said', text: 'all sent' });
process.disconnect?.();
