import { randomBytes } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { deadQueue } from '../fixtures/dead-queue.js';
import { sunbeon } from '../fixtures/program.js';

test('a record that nobody can decode is still shown, with its bytes and why', async () => {
  await using dead = await deadQueue(1);
  const [key, header] = [Buffer.from([0xff, 0xfe]), Buffer.from([0xc3, 0x28])];
  const unknownSchema = Buffer.from('007fffffff00', 'hex');
  await dead.bury(
    { key, value: unknownSchema, headers: { 'not text': header, 'sunbeon-history': '{"no":"list"}' } },
    {
      value: Buffer.concat([Buffer.from('{'), randomBytes(20)]),
      headers: { ce_time: 'never', 'sunbeon-attempt': 'x' },
    },
    { key: null, value: null },
  );
  const show = async (offset: number) =>
    (await sunbeon(dead.cluster, 'dlq', 'show', `${dead.topic}/0/${offset}`)).json();

  const shown = await show(0);
  expect(shown).toMatchObject({
    keyBase64: key.toString('base64'),
    valueBase64: unknownSchema.toString('base64'),
    payloadError: { code: 'SCHEMA_UNKNOWN', message: expect.any(String) },
    headers: { 'not text': { base64: header.toString('base64') }, ce_id: 'one' },
    history: [],
    origin: null,
    stack: null,
  });
  expect(shown).not.toHaveProperty('payload');
  expect(await show(1)).toMatchObject({ payloadError: { code: 'RECORD_UNREADABLE' }, attempts: 1 });
  expect(await show(2)).toMatchObject({ payload: null, valueBase64: null, keyBase64: null });
}, 60_000);
