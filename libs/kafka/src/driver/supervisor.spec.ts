import { describe, expect, it } from '@jest/globals';
import { Events } from '@sunbeon/core/events';
import { FakeClock } from '@sunbeon/testing';
import { Supervisor } from './supervisor.js';

function supervised() {
  const [clock, events, said, steps] = [new FakeClock(), new Events(), [] as unknown[], [] as string[]];
  events.on('client.failed', ({ error, restarting }) => said.push({ code: error.code, restarting }));
  events.on('client.recovered', ({ client }) => said.push(client));
  const heard = { ms: clock.now() };
  /** While set, no life begins; when each was tried. */
  const away: { tries?: number[] } = {};
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
      if (away.tries !== undefined) {
        away.tries.push(clock.now());
        throw new Error('away');
      }
      deaths.push(died);
      const name = `life ${++lives}`;
      steps.push(`${name} begins`);
      // A client that hangs hangs in its stop, too.
      const stop = () => (steps.push(`${name} stops`), new Promise<void>(() => undefined));
      return { stop, abandon: () => steps.push(`${name} is given up`) };
    },
  });
  return { clock, supervisor, said, steps, heard, deaths, away };
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

it('a client whose broker is away is built anew after 1, 2, 4, 8 and then every 10 seconds', async () => {
  const { clock, supervisor, steps, deaths, away } = supervised();
  await supervisor.start();
  const diedMs = clock.now();
  away.tries = [];
  deaths[0]!(new Error('away'));
  await clock.advance(40_000);
  expect(away.tries.map((ms) => (ms - diedMs) / 1_000)).toEqual([1, 3, 7, 15, 25, 35]);
  delete away.tries;
  await clock.advance(10_000);
  expect(steps.at(-1)).toBe('life 2 begins');
  void supervisor.stop();
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
