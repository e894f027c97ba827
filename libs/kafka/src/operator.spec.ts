import { describe, expect, it } from '@jest/globals';
import { HEADER, headerText } from '@sunbeon/core/headers';
import type { AuditEntry } from './audit.js';
import { dispositions } from './journal.js';
import type { ActFailure } from './act.js';
import { buriedRig, killedAt, MATH, valuesOn } from './operator.fake.js';
import { outgoing } from './rig.fake.js';

const counts = (matched: number, done: number, skipped = 0, failed = 0) => ({ matched, done, skipped, failed });
const at = (partition: number, offset: number) => ({ partition, offset });

describe('an act', () => {
  it.each([
    [{ rate: 0 }, 'OPTION_INVALID'],
    [{ rate: NaN }, 'OPTION_INVALID'],
    [{ rate: -1 }, 'OPTION_INVALID'],
    [{ dryrun: true }, 'OPTION_UNKNOWN'],
  ])('that is asked for with %j is refused, and leaves nothing behind', async (options, code) => {
    const { operator, done, sent } = await buriedRig(2);
    await expect(done(operator().replay(MATH, options as object))).rejects.toMatchObject({ code });
    expect(sent()).toEqual([]);
  });

  it('of the past has nothing discarded to mean: "all" is refused', async () => {
    const { operator, done } = await buriedRig(2);
    const all = { all: true } as object;
    await expect(done(operator().rerun('math', all))).rejects.toMatchObject({ code: 'OPTION_UNKNOWN' });
  });

  it.each(['', '  ', 'x'.repeat(1_001)])('that discards for the reason "%s" is refused', async (reason) => {
    const { operator, done } = await buriedRig(2);
    await expect(done(operator().discard(MATH, { reason }))).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });
});

describe('a replay', () => {
  it('by a filter sends what it means, and no more', async () => {
    const { operator, done, sent } = await buriedRig(10);
    expect(await done(operator().replay(MATH, { filter: { error: 'EVEN' } }))).toEqual(counts(5, 5));
    expect(sent()).toEqual([0, 2, 4, 6, 8]);
    expect(await done(operator().replay(MATH))).toEqual(counts(10, 5, 5));
  });

  it('of addresses sends these; where one has no record it sends none and says which', async () => {
    const { operator, done, sent, road } = await buriedRig(10);
    const wrong = operator().replay(MATH, { addresses: [at(0, 1), at(1, 5)] });
    await expect(done(wrong)).rejects.toMatchObject({ code: 'DLQ_RECORD_NOT_FOUND', facts: at(1, 5) });
    await expect(done(operator().replay(MATH, { addresses: [at(7, 0)] }))).rejects.toMatchObject({ code: 'DLQ_RECORD_NOT_FOUND' }); // prettier-ignore
    expect([...road.dumpTopic('math')]).toEqual([]);
    expect(await done(operator().replay(MATH, { addresses: [at(0, 1), at(1, 4)] }))).toEqual(counts(2, 2));
    expect(sent()).toEqual([2, 9]);
  });

  it('as a dry run counts what it would find, and leaves nothing behind, not even a topic', async () => {
    const { operator, done, road } = await buriedRig(4);
    expect(await done(operator().replay(MATH, { dryRun: true }))).toEqual(counts(4, 0));
    expect([...(await (await road.admin()).listTopics()).keys()].sort()).toEqual(['elsewhere', 'math', 'math.dlq']);
    await done(operator().replay(MATH, { addresses: [at(0, 0)] }));
    expect(await done(operator().replay(MATH, { dryRun: true }))).toEqual(counts(4, 0, 1));
  });

  it('does not send what is buried after it began', async () => {
    const { operator, done, sent, bury } = await buriedRig(6);
    const replaying = operator().replay(MATH, { rate: 1 });
    const later = (async () => {
      while (sent().length === 0) await new Promise(setImmediate);
      await bury([100]);
    })();
    expect(await done(Promise.all([replaying, later]))).toEqual([counts(6, 6), undefined]);
    expect(sent()).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('goes to another topic, for whose sake it counts as replayed too', async () => {
    const { operator, done, road, sent } = await buriedRig(2);
    expect(await done(operator().replay(MATH, { to: 'elsewhere' }))).toEqual(counts(2, 2));
    expect([valuesOn(road.dumpTopic('elsewhere')), sent()]).toEqual([[0, 1], []]);
    expect(await done(operator().replay(MATH))).toEqual(counts(2, 0, 2));
    await expect(done(operator().replay(MATH, { to: 'nowhere' }))).rejects.toMatchObject({ code: 'TOPIC_MISSING' });
  });

  it('of a record that no topic takes counts it as failed, names it, and sends the others', async () => {
    const { operator, done, sent, producer } = await buriedRig(2);
    await producer.send([outgoing('x'.repeat(3 * 1024 * 1024), { topic: 'math.dlq', partition: 0 })]);
    const failures: ActFailure[] = [];
    const replaying = operator({ onFailure: (one) => failures.push(one) }).replay(MATH);
    expect(await done(replaying)).toEqual(counts(3, 2, 0, 1));
    expect(failures).toMatchObject([{ address: 'math.dlq/0/1', code: 'RECORD_TOO_LARGE' }]);
    expect(sent()).toEqual([0, 1]);
    expect(await done(operator().replay(MATH, { dryRun: true }))).toEqual(counts(3, 0, 2)); // the failed one is open
  });

  it('that is interrupted says so, and a filter that cannot be is refused before anything is done', async () => {
    const { operator, done, road } = await buriedRig(2);
    const interrupted: unknown[] = [];
    const dying = { ...road, ...killedAt(road, 3, 'before') };
    const replaying = operator({ road: dying, onInterrupted: (act) => interrupted.push(act) }).replay(MATH);
    await expect(done(replaying)).rejects.toThrow();
    expect(interrupted).toMatchObject([{ verb: 'replay' }]);
    const wrong = operator().replay(MATH, { filter: { attempts: { min: 0 } } });
    await expect(done(wrong)).rejects.toMatchObject({ code: 'OPTION_INVALID' });
  });

  it('says how far it is', async () => {
    const { operator, done } = await buriedRig(40);
    const seen: number[] = [];
    await done(operator({ onProgress: (one) => seen.push(one.counts.done) }).replay(MATH, { rate: 4 }));
    expect(seen).toEqual(seen.toSorted((a, b) => a - b));
    expect(seen).toContain(20);
    expect(seen.at(-1)).toBe(40);
  });
});

describe('a rerun from behind the end of its topic', () => {
  it('sends nothing, and what was sent again before stays known', async () => {
    const { operator, done, sent } = await buriedRig(4);
    await done(operator().replay(MATH));
    const rerun = operator().rerun('math.dlq', { to: 'elsewhere', range: { partition: 0, from: 1_000 } });
    expect(await done(rerun)).toEqual(counts(0, 0));
    expect(await done(operator().replay(MATH))).toEqual(counts(4, 0, 4));
    expect(sent()).toEqual([0, 1, 2, 3]);
  });
});

describe('a record of whose claim the target has nothing left', () => {
  it('counts as sent: never twice', async () => {
    const { road, operator, done, sent } = await buriedRig(4);
    const dying = { ...road, ...killedAt(road, 3, 'before') };
    await done(operator({ road: dying }).replay(MATH)).catch(() => undefined);
    const admin = await road.admin();
    const truncated = {
      ...admin,
      offsets: async (topic: string) =>
        (await admin.offsets(topic)).map((one) => (topic === 'math' ? { ...one, low: 1, high: 1 } : one)),
    };
    const later = operator({ road: { ...road, admin: () => Promise.resolve(truncated) } });
    expect(await done(later.replay(MATH))).toEqual(counts(4, 0, 4));
    expect(sent()).toEqual([]);
  });
});

describe('a discard', () => {
  it('hides records from replays, unless these mean all; and can be done once', async () => {
    const { road, operator, done, sent } = await buriedRig(4);
    const discard = () => operator().discard(MATH, { addresses: [at(0, 0), at(0, 1)], reason: 'test' });
    expect(await done(discard())).toEqual(counts(2, 2));
    expect(await done(discard())).toEqual(counts(2, 0, 2));
    expect(await done(operator().replay(MATH))).toEqual(counts(2, 2));
    const dispositionOf = await done(dispositions(road, 'math.dlq'));
    expect([at(0, 0), at(1, 0), at(1, 9)].map((one) => dispositionOf(one.partition, one.offset))).toEqual([
      'discarded',
      'replayed',
      'open',
    ]);
    expect(await done(operator().replay(MATH, { all: true }))).toEqual(counts(4, 2, 2));
    expect(sent()).toEqual([0, 1, 2, 3]);
  });
});

describe('a rerun', () => {
  it('sends messages of a range again, without the copies of them that lie there', async () => {
    const { operator, done, producer, road, clock } = await buriedRig(0);
    const say = (value: number, headers: Record<string, string> = {}) => outgoing(String(value), { partition: 0, headers }); // prettier-ignore
    await producer.send([say(0), say(1)]);
    await clock.advance(1_000);
    const sinceMs = clock.now();
    await producer.send([say(2), say(2, { [HEADER.attempt]: '2' }), say(1, { [HEADER.replayOf]: 'math.dlq/0/0' })]);
    expect(await done(operator().rerun('math', { range: { sinceMs } }))).toEqual(counts(1, 1));
    expect(await done(operator().rerun('math', { range: { partition: 0, from: 1, to: 3 } }))).toEqual(counts(2, 1, 1));
    expect(await done(operator().rerun('math'))).toEqual(counts(3, 1, 2));
    expect(valuesOn(road.dumpTopic('math'))).toEqual([0, 0, 1, 1, 1, 2, 2, 2]);
    await expect(done(operator().rerun('math', { range: { partition: 9 } }))).rejects.toMatchObject({ code: 'OPTION_INVALID' }); // prettier-ignore
  });
});

describe('a topic that was deleted and made again', () => {
  it('has nothing of what was said of the old one', async () => {
    const old = await buriedRig(6);
    await old.done(old.operator().replay(MATH, { addresses: [at(0, 0), at(0, 2)] }));
    const journal = old.road.dumpTopic('sunbeon.replays');
    const fresh = await buriedRig(2);
    await (await fresh.road.admin()).createTopics([{ topic: 'sunbeon.replays', partitions: 1 }]);
    const records = journal.map(({ key, value, headers }) => ({ topic: 'sunbeon.replays', key, value, headers }));
    await fresh.producer.send(records);
    expect((await fresh.done(dispositions(fresh.road, 'math.dlq')))(0, 0)).toBe('open');
    expect(await fresh.done(fresh.operator().replay(MATH))).toEqual(counts(2, 2));
    expect(fresh.sent()).toEqual([0, 1]);
    expect(await fresh.done(fresh.operator().replay(MATH))).toEqual(counts(2, 0, 2));
  });
});

describe('the audit', () => {
  it('has two records for each act, also for one that failed and for what others do; and none for what was refused', async () => {
    const { operator, done, road } = await buriedRig(2);
    const ada = operator();
    await done(ada.replay(MATH, { addresses: [at(0, 0)], rate: 7 }));
    road.failSends(({ topic }) => topic === 'math');
    await done(ada.replay(MATH)).catch(() => undefined);
    road.failSends(0);
    await done(ada.replay(MATH, { to: 'nowhere' })).catch(() => undefined);
    await done(ada.replay(MATH, { addresses: [at(0, 9)] })).catch(() => undefined);
    await done(ada.audited('import', { file: 'x' }, () => Promise.resolve({ result: 1, counts: { imported: 3 } })));
    const entries: AuditEntry[] = [];
    await done(ada.readAudit(undefined, (one) => void entries.push(one)));
    expect(entries.map(({ verb, phase, counts: of, error }) => [verb, phase, of ?? error?.code])).toEqual([
      ['replay', 'begun', undefined],
      ['replay', 'ended', counts(1, 1)],
      ['replay', 'begun', undefined],
      ['replay', 'ended', 'SEND_FAILED'],
      ['import', 'begun', undefined],
      ['import', 'ended', { imported: 3 }],
    ]);
    expect(entries[0]).toMatchObject({ by: 'ada', what: { source: 'math.dlq', rate: 7, addresses: [at(0, 0)] } });
  });

  it('that cannot be written prevents the act', async () => {
    const { operator, done, road } = await buriedRig(2);
    road.failSends(({ topic }) => topic === 'sunbeon.audit');
    await expect(done(operator().replay(MATH))).rejects.toMatchObject({ code: 'SEND_FAILED' });
    expect(road.dumpTopic('math')).toEqual([]);
  });

  it('names the act that sent a record', async () => {
    const { operator, done, road } = await buriedRig(1);
    await done(operator().replay(MATH));
    const entry = JSON.parse(road.dumpTopic('sunbeon.audit')[0]!.value!.toString()) as AuditEntry;
    expect(headerText(road.dumpTopic('math')[0]!.headers, HEADER.replayId)).toBe(entry.act);
  });
});

describe('a resume', () => {
  it('of an act that nobody knows is refused; of one that has ended it tells what came of it', async () => {
    const { operator, done } = await buriedRig(3);
    await expect(done(operator().resume('nobody'))).rejects.toMatchObject({ code: 'ACT_UNKNOWN' });
    await done(operator().replay(MATH));
    const acts: string[] = [];
    await done(operator().readAudit(undefined, ({ act }) => void acts.push(act)));
    expect(await done(operator().resume(acts[0]!))).toEqual(counts(3, 3));
  });
});
