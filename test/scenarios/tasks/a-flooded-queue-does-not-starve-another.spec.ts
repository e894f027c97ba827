import { expect, test } from '@jest/globals';
import { Injectable } from '@nestjs/common';
import { defineTask } from '@sunbeon/core';
import { systemClock } from '@sunbeon/kafka';
import { Handles } from '@sunbeon/nest';
import { startTestApp, until } from '@sunbeon/testing';

const flood = defineTask({ name: 'flood', queue: 'floods', input: 'int', recordOutcomes: false });
const letter = defineTask({ name: 'letter', queue: 'letters', input: 'int', recordOutcomes: false });
const ran = { flood: 0, letter: 0 };

@Injectable()
class Both {
  @Handles(flood)
  async flood(): Promise<null> {
    ran.flood++;
    await new Promise<void>((resume) => systemClock.after(10, resume));
    return null;
  }

  @Handles(letter)
  async letter(): Promise<null> {
    ran.letter++;
    await new Promise<void>((resume) => systemClock.after(10, resume));
    return null;
  }
}

test('a queue with thousands waiting takes turns with another one for the slots that both share', async () => {
  await using app = await startTestApp({ contracts: [flood, letter], handlers: [Both], consume: { concurrency: 4 } });
  const numbers = (count: number) => Array.from({ length: count }, (_, number) => number);
  await app.tasks.enqueueMany(flood, numbers(20_000));
  await until(() => ran.flood > 100, { what: 'the flood is on' });

  const before = ran.flood;
  await app.tasks.enqueueMany(letter, numbers(100));
  await until(() => ran.letter === 100, { what: 'all letters are out' });

  expect(ran.flood - before).toBeLessThan(2_000); // one for one, and what ran until the letters came
  await app.stop();
});
