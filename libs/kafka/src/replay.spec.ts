import { describe, expect, it } from '@jest/globals';
import { createEnvelope } from '@sunbeon/core/envelope';
import { HEADER, headerText, toHeaders } from '@sunbeon/core/headers';
import type { IncomingRecord, OutgoingRecord } from '@sunbeon/core/ports';
import { replayRecord } from './replay.js';
import { incoming } from './rig.fake.js';

const headers = toHeaders(createEnvelope({ id: 'one', type: 'math.add', source: 's', timeMs: 5, attempt: 3 }));
const buried = (over: Partial<IncomingRecord> = {}): IncomingRecord =>
  incoming({ topic: 'math.dlq', offset: 9, headers: { ...headers, mine: 'x', [HEADER.errorCode]: 'X' }, ...over });
const text = ({ headers: own }: OutgoingRecord): Record<string, string | undefined> =>
  Object.fromEntries(Object.keys(own).map((name) => [name, headerText(own, name)]));

describe('a replayed record', () => {
  it('is what it was, as a first attempt that knows where it comes from', () => {
    const again = replayRecord(buried(), { to: 'math', act: 'act-1' });
    expect(again).toMatchObject({ topic: 'math', key: null, value: Buffer.from('1') });
    expect(text(again)).toEqual({
      ...headers,
      ...{ mine: 'x', [HEADER.attempt]: '1', [HEADER.replayId]: 'act-1', [HEADER.replays]: '1' },
      ...{ [HEADER.replayOf]: 'math.dlq/0/9', [HEADER.replayFirst]: 'math.dlq/0/9' },
    });
  });

  it('is refused when its DLQ has only its place, and says where it lies', () => {
    const origin = { [HEADER.dltTopic]: 'math', [HEADER.dltPartition]: Buffer.from([0, 0, 0, 3]), [HEADER.dltOffset]: Buffer.from([0, 0, 0, 0, 0, 0, 0, 7]), [HEADER.dltTimestamp]: Buffer.alloc(8) }; // prettier-ignore
    const record = buried({ value: null, headers: { ...headers, ...origin, [HEADER.leftBehind]: '3000000' } });
    expect(() => replayRecord(record, { to: 'math', act: 'a' })).toThrow(
      expect.objectContaining({
        code: 'RECORD_LEFT_BEHIND',
        message: expect.stringContaining('sunbeon rerun math --partition 3 --from-offset 7 --to-offset 8'),
      }),
    );
  });

  it('that waited for its time does not wait again, and has no deadline any more', () => {
    const waiting = { [HEADER.notBefore]: '99', [HEADER.deadline]: '98', [HEADER.errorCode]: 'X' };
    const names = Object.keys(replayRecord(incoming({ headers: waiting }), { to: 'math', act: 'a' }).headers);
    expect(names).not.toContain(HEADER.notBefore);
    expect(names).not.toContain(HEADER.deadline);
    expect(names).not.toContain(HEADER.errorCode);
  });

  it('buried and replayed again and again keeps the first of its chain, and counts', () => {
    const once = replayRecord(buried(), { to: 'math', act: 'a' });
    const twice = replayRecord(buried({ offset: 20, headers: once.headers }), { to: 'math', act: 'b' });
    const thrice = replayRecord(buried({ offset: 31, headers: twice.headers }), { to: 'math', act: 'c' });
    expect(text(thrice)).toMatchObject({
      [HEADER.replayOf]: 'math.dlq/0/31',
      [HEADER.replayFirst]: 'math.dlq/0/9',
      [HEADER.replays]: '3',
      [HEADER.replayId]: 'c',
    });
  });

  it('of a replay before there were counts is at least the second', () => {
    const old = buried({ headers: { [HEADER.replayOf]: 'math.dlq/0/3' } });
    expect(text(replayRecord(old, { to: 'math', act: 'a' }))).toMatchObject({
      [HEADER.replayFirst]: 'math.dlq/0/3',
      [HEADER.replays]: '2',
    });
  });

  it('that shall have one attempt says so, and its own replay does not', () => {
    const once = replayRecord(buried(), { to: 'math', act: 'a', once: true });
    expect(text(once)[HEADER.maxAttempts]).toBe('1');
    const later = replayRecord(buried({ headers: once.headers }), { to: 'math', act: 'b' });
    expect(text(later)[HEADER.maxAttempts]).toBeUndefined();
  });
});
