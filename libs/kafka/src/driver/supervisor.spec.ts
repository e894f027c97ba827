import { describe, expect, it } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import { FakeClock } from '@sunbeon/testing';
import { Supervisor } from './supervisor.js';

function supervised() {
  const [clock, events, said, steps] = [new FakeClock(), new Events(), [] as unknown[], [] as string[]];
  events.on('client.failed', ({ error, restarting }) => said.push({ code: error.code, restarting }));
  events.on('client.recovered', ({ client }) => said.push(client));
  const heard = { ms: clock.now() };
  let lives = 0;
  const deaths: ((error: unknown) => void)[] = [];
  const supervisor = new Supervisor({
    name: 'c',
    clock,
    events,
    stallTimeoutMs: 60_000,
    heardMs: () => heard.ms,
    ended: () => steps.push('ended'),
    begin: async (died) => {
      deaths.push(died);
      const name = `life ${++lives}`;
      steps.push(`${name} begins`);
      // A client that hangs hangs in its stop, too.
      const stop = () => (steps.push(`${name} stops`), new Promise<void>(() => undefined));
      return { stop, abandon: () => steps.push(`${name} is given up`) };
    },
  });
  return { clock, supervisor, said, steps, heard, deaths };
}

describe('a client that falls silent', () => {
  it('is given up for another one, which is said', async () => {
    const { clock, supervisor, said, steps } = supervised();
    await supervisor.start();
    await clock.advance(59_999);
    expect(said).toEqual([]);
    await clock.advance(1);
    expect(said).toEqual([{ code: 'BROKER_UNREACHABLE', restarting: true }]);
    await clock.advance(1_000);
    expect(steps).toEqual(['life 1 begins', 'life 1 is given up', 'life 1 stops', 'life 2 begins']);
    expect(said.at(-1)).toBe('c');
  });

  it('is left alone as long as it is heard of, and after the stop', async () => {
    const { clock, supervisor, said, heard } = supervised();
    await supervisor.start();
    for (let i = 0; i < 5; i++) {
      await clock.advance(50_000);
      heard.ms = clock.now();
    }
    void supervisor.stop();
    await clock.advance(600_000);
    expect(said).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});

describe('a client that is fenced', () => {
  it('has no other life: that would end the one which has its name now', async () => {
    const { clock, supervisor, said, steps, deaths } = supervised();
    await supervisor.start();
    const fenced = Object.assign(new Error('fenced'), { type: 'FENCED_INSTANCE_ID', retriable: false });
    deaths[0]!(Object.assign(new Error('no retry'), { name: 'KafkaJSNonRetriableError', cause: fenced }));
    await clock.advance(600_000);
    expect(said).toEqual([{ code: 'INSTANCE_FENCED', restarting: false }]);
    expect(steps).toEqual(['life 1 begins', 'ended']);
    expect(clock.pending).toBe(0);
    await supervisor.stop();
  });
});
