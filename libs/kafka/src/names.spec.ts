import { describe, expect, it } from '@jest/globals';
import { defineEvent, defineTask } from '@sunbeon/core';
import { parseDelayLabel } from '@sunbeon/core/backoff';
import fc from 'fast-check';
import { existingTiers, dlqTopic, groupsOf, retryTopic, type Route, routeOf, sourcesOf } from './names.js';

const word = fc.stringMatching(/^[a-z][a-z0-9_-]{0,8}$/);
const topic = fc
  .array(word, { minLength: 1, maxLength: 3 })
  .map((words) => words.join('.'))
  .filter((name) => !/\.retry(\.|$)|\.dlq$|^sunbeon\./.test(name));
const prefix = fc.constantFrom('', 'team.', 'staging-');
const tier = fc.integer({ min: 1, max: 7 * 24 * 3_600_000 });

const taskRoute = (queue: string, before = '') =>
  routeOf(defineTask({ name: 't', queue, input: 'string' }), undefined, before);
const eventRoute = (of: string, group: string, before = '') =>
  routeOf(defineEvent({ name: 'e', topic: of, schema: 'string' }), group, before);
const named = ({ base, again, topic: main, dlq }: Route) => new Set([main, again, dlq, retryTopic(base, 1_000)]);

describe('names', () => {
  it('of a task hang from its queue, and a due retry goes back to it', () => {
    expect(taskRoute('mail', 'team.')).toEqual({
      kind: 'task',
      base: 'team.mail',
      topic: 'team.mail',
      again: 'team.mail',
      group: 'team.mail',
      retryGroup: 'team.mail.retry',
      dlq: 'team.mail.dlq',
      held: 'team.mail.retry.held',
    });
    expect(sourcesOf(taskRoute('mail'))).toEqual(['mail']);
  });

  it('of a subscription hang from topic and group, and a due retry goes to the inbox of that group alone', () => {
    expect(eventRoute('flown', 'stats', 'team.')).toEqual({
      kind: 'event',
      base: 'team.flown.stats',
      topic: 'team.flown',
      again: 'team.flown.stats.retry',
      group: 'team.stats',
      retryGroup: 'team.flown.stats.retry',
      dlq: 'team.flown.stats.dlq',
      held: 'team.flown.stats.retry.held',
    });
    expect(sourcesOf(eventRoute('flown', 'stats'))).toEqual(['flown', 'flown.stats.retry']);
  });

  it('of a retry topic give its delay back', () => {
    fc.assert(
      fc.property(topic, tier, (base, delayMs) => {
        const name = retryTopic(base, delayMs);
        expect(parseDelayLabel(name.slice(`${base}.retry.`.length))).toBe(delayMs);
      }),
    );
  });

  it('of the groups of an event are read off its DLQs, whatever else is there', () => {
    fc.assert(
      fc.property(
        topic,
        fc.uniqueArray(word, { maxLength: 4 }),
        fc.array(topic),
        prefix,
        (of, groups, others, before) => {
          const routes = groups.map((group) => eventRoute(of, group, before));
          const strangers = others.filter((other) => !`${before}${other}`.startsWith(`${before}${of}`));
          const topics = [
            ...routes.flatMap((route) => [...named(route)]),
            ...strangers.map(dlqTopic),
            `${before}${of}.dlq`,
          ];
          expect(groupsOf(before + of, topics)).toEqual([...groups].sort());
        },
      ),
    );
  });

  it('of delays that exist are found, and nothing that only looks like one', () => {
    const topics = [
      'q',
      'q.retry',
      'q.retry.1s',
      'q.retry.5m',
      'q.retry.60s',
      'q.retry.soon',
      'qq.retry.2s',
      'q.retry.1s.dlq',
    ];
    expect(existingTiers('q', topics)).toEqual([1_000, 300_000]);
  });

  it('of queues and topics below an event are not taken for its groups', () => {
    expect(groupsOf('a', ['a', 'a.dlq', 'a..dlq', 'a.b.c.dlq', 'a.g.retry.1s', 'ab.g.dlq', 'a.g.dlq'])).toEqual(['g']);
  });

  it('are never shared by two queues, nor by two groups of one event', () => {
    fc.assert(
      fc.property(topic, topic, word, word, (one, other, group, second) => {
        fc.pre(one !== other && group !== second);
        const pairs = [
          [taskRoute(one), taskRoute(other)],
          [eventRoute(one, group), eventRoute(other, group)],
        ] as const;
        for (const [a, b] of pairs) {
          expect([...named(a)].filter((name) => named(b).has(name))).toEqual([]);
          expect(a.retryGroup).not.toBe(b.retryGroup);
        }
        const [mine, theirs] = [eventRoute(one, group), eventRoute(one, second)];
        expect([...named(mine)].filter((name) => named(theirs).has(name))).toEqual([one]); // what both subscribe to
        expect([mine.group, mine.retryGroup]).not.toContain(theirs.group);
        expect(mine.retryGroup).not.toBe(theirs.retryGroup);
      }),
    );
  });
});
