import { describe, expect, it } from '@jest/globals';
import { buildByHand, gate, records } from './hand.fake.js';
import { Produce } from './produce.js';
import { eventually, pass, SlowProducer } from './rig.fake.js';

describe('back-pressure', () => {
  it('pauses who brings more than may wait, and resumes at half of it', async () => {
    const { ran, handle, release } = gate();
    const { hand, consume } = await buildByHand(handle, { concurrency: 1, maxWaiting: 4 });
    hand.receiver.onRecords(records(0, 0, 4));
    expect(hand.asked).toEqual([]); // four wait until one of them runs: there is still room
    hand.receiver.onRecords(records(0, 4, 3));
    expect(hand.asked).toEqual(['pause math/0']);
    for (let done = 1; done <= 3; done++) {
      await release();
      await eventually(() => ran.length === done + 1, 'the next record');
    }
    expect(hand.asked).toEqual(['pause math/0']); // three wait
    await release();
    await eventually(() => ran.length === 5, 'the fifth record');
    expect(hand.asked).toEqual(['pause math/0', 'resume math/0']); // two wait
    const stopped = consume.stop();
    await release();
    await stopped;
  });

  it('counts bytes too', async () => {
    const { handle, release } = gate();
    const { hand, consume } = await buildByHand(handle, { concurrency: 1, maxWaitingBytes: 1_000 });
    hand.receiver.onRecords(records(1, 0, 3, { value: Buffer.from(`"${'x'.repeat(600)}"`) }));
    expect(hand.asked).toEqual(['pause math/1']);
    const stopped = consume.stop();
    await release();
    await stopped;
  });

  it('of a partition whose records cannot run now does not stop the others, and it goes on with what is left of its share', async () => {
    const { ran, handle, release } = gate();
    const only0 = (n: unknown) => ((n as number) < 100 ? handle(n) : Promise.resolve(ran.push(n)));
    const { hand, consume } = await buildByHand(only0, { concurrency: 5, maxWaiting: 8 });
    hand.receiver.onRecords(records(0, 0, 12, { key: Buffer.from('hot') })); // one runs, eleven wait
    expect(hand.asked).toEqual(['pause math/0']);
    for (let from = 100; from < 160; from += 4) {
      hand.receiver.onRecords(records(1, from, 4));
      await eventually(() => ran.at(-1) === from + 3, 'the others');
    }
    expect(hand.asked).toEqual(['pause math/0']);
    for (let done = 1; done <= 7; done++) {
      await release();
      await eventually(() => ran.at(-1) === done, 'the next of the hot key');
    }
    expect(hand.asked).toEqual(['pause math/0', 'resume math/0']);
    const stopped = consume.stop();
    await release();
    await stopped;
  });

  it('stops a partition whose map of finished offsets is full, until it is half empty; the other goes on', async () => {
    const { ran, handle, release } = gate();
    const every3rd = (n: unknown) => ((n as number) % 3 === 0 ? handle(n) : Promise.resolve(ran.push(n)));
    const { hand, consume, clock } = await buildByHand(every3rd, { concurrency: 100_000, maxWaiting: 100_000, everyRecords: 1_000_000 }); // prettier-ignore
    let sent = 0;
    for (; !hand.asked.includes('pause math/0'); sent += 500) {
      hand.receiver.onRecords(records(0, sent, 500));
      await eventually(() => ran.length === sent + 500, 'all but every third');
    }
    expect(sent).toBeGreaterThan(18_000); // as bits: 3,072 characters are 18,400 offsets
    expect(sent).toBeLessThan(20_500);
    expect(hand.asked).toEqual(['pause math/0']);
    await clock.advance(500);
    expect(hand.metadata.at(-1)!.length).toBeLessThanOrEqual(4_096);
    for (let open = Math.ceil(sent / 3); hand.asked.length === 1 && open > 0; open -= 100) {
      await release(Math.min(100, open));
      await eventually(() => consume.health().running <= open - 100 || open <= 100, 'their end');
    }
    expect(hand.asked).toEqual(['pause math/0', 'resume math/0']);
    expect(consume.health().running).toBeGreaterThan(1_000); // it did not take all of them
    const stopped = consume.stop();
    await release(consume.health().running);
    await stopped;
  }, 20_000);
});

describe('verdicts that no broker takes', () => {
  it('give their slots back until so many bytes wait for them as may wait in all', async () => {
    const [slow, ran] = [new SlowProducer(), [] as unknown[]];
    const produce = new Produce(slow);
    const handle = (n: unknown) => Promise.resolve(ran.push(n));
    const { hand, consume, clock } = await buildByHand(handle, { concurrency: 1, maxWaitingBytes: 1_000 }, { produce });
    const value = Buffer.from(JSON.stringify('x'.repeat(98)));
    hand.receiver.onRecords(records(0, 0, 50, { value }));
    await pass(clock, 100);
    expect(ran.length).toBe(10); // nine of 100 bytes and their results, and the one that has the slot
    const answer = (): void => void (slow.open > 0 && slow.answer());
    await eventually(() => (answer(), ran.length === 50 && consume.health().running === 0), 'all of them');
    await consume.stop();
  });
});
