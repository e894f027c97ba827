import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineEvent, type PayloadOf, type TaskContext } from '@sunbeon/core';
import { Subscribes } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const paid = defineEvent({ name: 'paid', schema: 'string' });
const seen: string[] = [];

@Injectable()
class Desk {
  @Subscribes(paid, { group: 'books' })
  book(who: PayloadOf<typeof paid>, { attempt }: TaskContext): void {
    seen.push(`books ${who} ${attempt}`);
  }

  @Subscribes(paid, { group: 'mail', retry: { delaysMs: [50, 100] } })
  mail(who: PayloadOf<typeof paid>, { attempt }: TaskContext): void {
    seen.push(`mail ${who} ${attempt}`);
    if (who === 'Ada' && attempt < 3) throw new Error('the post office is closed');
  }
}

test('a group that fails is retried alone: the other groups do not see its retries', async () => {
  await using app = await startTestApp({ contracts: [paid], handlers: [Desk], partitions: 1 });

  await app.publisher.publish(paid, 'Ada');
  await until(() => seen.includes('mail Ada 3'), { what: 'the third attempt was made' });
  // What the other group would have got of the retries lies before this one, in the same partition.
  await app.publisher.publish(paid, 'Grace');
  await until(() => seen.filter((line) => line.includes('Grace')).length === 2, { what: 'both groups got the next' });

  expect(seen.filter((line) => line.startsWith('books'))).toEqual(['books Ada 1', 'books Grace 1']);
  expect(seen.filter((line) => line.startsWith('mail Ada'))).toEqual(['mail Ada 1', 'mail Ada 2', 'mail Ada 3']);
  expect(await app.buried()).toEqual([]);
});
