import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineEvent, type PayloadOf } from '@sunbeon/core';
import { Subscribes } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const opened = defineEvent({ name: 'door.opened', topic: 'doors', schema: 'string' });
const closed = defineEvent({ name: 'door.closed', topic: 'doors', schema: 'string' });
const seen: string[] = [];

@Injectable()
class Guard {
  @Subscribes(closed, { group: 'guard' })
  closed(door: PayloadOf<typeof closed>): void {
    seen.push(door);
  }
}

test('an event of another contract on the same topic is skipped, not buried, and its offset is finished', async () => {
  await using app = await startTestApp({ contracts: [opened, closed], handlers: [Guard], partitions: 1 });

  await app.publisher.publish(opened, 'front');
  await app.publisher.publish(closed, 'back');
  await app.publisher.publish(opened, 'side');

  await until(async () => (await app.admin.overview())[0]!.groups[0]!.lag === 0, { what: 'all three are finished' });
  expect(seen).toEqual(['back']);
  expect(await app.buried('doors')).toEqual([]);
});
