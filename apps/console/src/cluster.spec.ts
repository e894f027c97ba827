import { expect, it } from '@jest/globals';
import type { Road, RoadAdmin } from '@sunbeon/core/ports';
import { adminOver } from './cluster.js';

const nothing = async (): Promise<never[]> => [];

it('polls over one client, and lets go of it', async () => {
  let open = 0;
  let made = 0;
  const client: RoadAdmin = {
    listTopics: async () => new Map(),
    createTopics: nothing,
    offsets: nothing,
    offsetsAt: nothing,
    committed: nothing,
    groups: nothing,
    disconnect: async () => void (open -= 1),
  };
  const unused = () => Promise.reject(new Error('the console only looks'));
  const road: Road = {
    producer: unused,
    consumer: unused,
    reader: unused,
    admin: async () => ((open += 1), (made += 1), client),
  };
  const admin = adminOver(road, 'team.');
  const queues = await admin.overview();
  await admin.overview();
  expect(queues.map(({ topic }) => topic)).toContain('team.flight.recorded');
  expect({ open, made }).toEqual({ open: 1, made: 1 });
  await admin.disconnect();
  expect(open).toBe(0);
});
