import { expect, test } from '@jest/globals';
import { kafkaRoad } from '@sunbeon/kafka';
import { testCluster } from '@sunbeon/testing';
import { startApp, sunbeon } from '../fixtures/program.js';
import { documentOf, post } from '../fixtures/door.js';

test('what does not fit is refused with the field and nothing of it is sent; an event that fits is', async () => {
  const cluster = testCluster();
  await sunbeon(cluster, 'topology', 'apply');
  await using door = await startApp('producer', cluster);
  const count = async (topic: string): Promise<number> => {
    const admin = await kafkaRoad({ brokers: cluster.brokers, clientId: 'test' }).admin();
    const offsets = await admin.offsets(cluster.prefix + topic);
    await admin.disconnect();
    return offsets.reduce((sum, { high }) => sum + high, 0);
  };

  const wrong = await post(`${door.url}/tasks/math.add`, '{"a":"two","b":3}');
  expect(wrong.status).toBe(422);
  expect(wrong.headers.get('content-type')).toContain('application/problem+json');
  expect(await documentOf(wrong)).toMatchObject({ code: 'PAYLOAD_INVALID', errors: [{ field: 'a' }] });
  const batch = await post(`${door.url}/tasks/math.add`, '[{"a":1,"b":2},{"a":1}]');
  expect(await documentOf(batch)).toMatchObject({ status: 422, errors: [{ index: 1, field: 'b' }] });
  const unknown = await post(`${door.url}/tasks/math.ad`, '{}');
  expect(await documentOf(unknown)).toMatchObject({ status: 404, code: 'CONTRACT_UNKNOWN', hint: expect.stringContaining('"math.add"') });
  const broken = await post(`${door.url}/tasks/math.add`, '{"a":');
  expect(await documentOf(broken)).toMatchObject({ status: 400, code: 'BODY_NOT_JSON' });
  expect(await count('math')).toBe(0);

  const flight = { airport: 'ICN', destination: 'GMP', departure: '2026-01-01T08:00', delayMinutes: 5, distanceMiles: 20 };
  const said = await post(`${door.url}/events/flight.recorded`, JSON.stringify(flight));
  expect([said.status, await documentOf(said)]).toEqual([202, { id: expect.any(String) }]);
  expect(await count('flight.recorded')).toBe(1);
}, 60_000); // prettier-ignore
