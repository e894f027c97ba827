import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineEvent, type PayloadOf } from '@sunbeon/core';
import { Subscribes } from '@sunbeon/nest';
import { startTestApp, testCluster, until } from '@sunbeon/testing';

const landed = defineEvent({ name: 'landed', schema: 'int' });
const got: Record<string, number[]> = { tower: [], gate: [] };

@Injectable()
class Tower {
  @Subscribes(landed, { group: 'tower' })
  landed(flight: PayloadOf<typeof landed>): void {
    got['tower']!.push(flight);
  }
}

@Injectable()
class Gate {
  @Subscribes(landed, { group: 'gate' })
  landed(flight: PayloadOf<typeof landed>): void {
    got['gate']!.push(flight);
  }
}

test('every subscribed group gets every event, and of one group’s members one handles each', async () => {
  const shared = { cluster: testCluster(), contracts: [landed], partitions: 4 };
  await using app = await startTestApp({ ...shared, handlers: [Tower, Gate] });
  await using _another = await startTestApp({ ...shared, handlers: [Tower] });
  const flights = Array.from({ length: 40 }, (_, flight) => flight);

  const ids = await app.publisher.publishMany(landed, flights);

  await until(() => got['tower']!.length >= 40 && got['gate']!.length >= 40, { what: 'all flights came' });
  expect(new Set(ids).size).toBe(40);
  expect(got['tower']!.toSorted((a, b) => a - b)).toEqual(flights);
  expect(got['gate']!.toSorted((a, b) => a - b)).toEqual(flights);
});
