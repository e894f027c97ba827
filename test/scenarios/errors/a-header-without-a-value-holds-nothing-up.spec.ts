import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { Handles } from '@sunbeon/nest';
import { requires, startTestApp, until } from '@sunbeon/testing';

const toll = defineTask({ name: 'toll', queue: 'tolls', input: 'int', output: 'int', retry: { delaysMs: [100] } });

@Injectable()
class Bell {
  @Handles(toll)
  toll(): number {
    throw new Error('it is cracked');
  }
}

// kcat writes a header without "=" as one without a value.
const test = requires('kcat', 'apt-get install kcat');

test('a record with a header without a value is retried and buried', async () => {
  await using app = await startTestApp({ contracts: [toll], handlers: [Bell], partitions: 1 });
  const topic = `${app.cluster.prefix}tolls`;
  const kcat = spawn('kcat', ['-P', '-b', app.cluster.brokers.join(','), '-t', topic, '-H', 'flag']);
  kcat.stdin.end('7\n');
  expect(await once(kcat, 'close')).toEqual([0, null]);

  const buried = (await until(async () => (await app.buried())[0], { what: 'it is in the DLQ' }))!;
  expect(buried.record.headers['flag']).toEqual(Buffer.alloc(0)); // as near as kafkajs can write it
  expect(buried.row).toMatchObject({ attempts: 2, error: { message: 'it is cracked' } });
});
