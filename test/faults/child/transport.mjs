import { Events } from '@sunbeon/core/events';
import { kafkaRoad, kafkaTransport } from '@sunbeon/kafka';
import { jsonCodec } from '@sunbeon/schema';
import { stepOf } from './contract.mjs';
import { historyIn } from './lines.mjs';
import { mortal } from './mortal.mjs';
import { watchedRoad } from './watched-road.mjs';

/** What a child was told (see `rig/children.ts`), its history, and a transport that notes what it does there. */
export function openChild(role) {
  const told = JSON.parse(process.env.SUNBEON_FAULTS_CHILD);
  const note = historyIn(told.folder, role);
  const step = stepOf(told.policy);
  const events = new Events();
  listen(events, note);
  const road = kafkaRoad({ brokers: told.brokers, clientId: role, ...told.road, events });
  const transport = kafkaTransport({
    road: mortal(watchedRoad(road, note), { dies: told.dies, note }),
    codec: jsonCodec(),
    contracts: [step],
    source: `${role}-${process.pid}`,
    partitions: told.partitions,
    results: { follow: 'none' },
    consume: told.consume,
    produce: told.produce,
    events,
  });
  return { told, note, step, transport };
}

/** Whatever goes wrong inside, for those who read the history afterwards. */
function listen(events, note) {
  const text = ({ message, error, client, restarting }) =>
    [client, message ?? error?.message, restarting === undefined ? '' : `restarting: ${restarting}`].join(' ');
  for (const name of [
    'client.failed',
    'client.recovered',
    'client.warned',
    'commit.failed',
    'settle.failed',
    'listener.failed',
  ]) {
    events.on(name, (facts) => note({ kind: 'said', text: `${name}: ${text(facts)}` }));
  }
}
