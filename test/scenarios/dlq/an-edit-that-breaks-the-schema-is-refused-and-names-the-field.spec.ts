import { expect, test } from '@jest/globals';
import { testCluster } from '@sunbeon/testing';
import { buryAdditions } from '../fixtures/dead-letters.js';
import { sunbeon } from '../fixtures/program.js';

test('an edit that breaks the schema is refused, names the field, and sends nothing', async () => {
  const cluster = testCluster();
  await using dead = await buryAdditions(cluster, 1, { partitions: 1 });
  const edit = (...args: string[]) => sunbeon(cluster, 'dlq', 'edit', `${dead.dlq}/0/0`, ...args);
  const refused = async (code: string, text: string, ...args: string[]) => {
    const { code: exit, err } = await edit(...args);
    expect([exit, err]).toEqual([1, expect.stringContaining(code)]);
    expect(err).toContain(text);
  };

  await refused('PAYLOAD_INVALID', 'field "b": got string "two"', '--set', 'b="two"');
  await refused('PAYLOAD_INVALID', 'field "bb" is not in the schema. Did you mean "b"?', '--set', 'bb=2');
  await refused('PAYLOAD_INVALID', 'field "b" is missing', '--payload', '{"a":1}');
  await refused('PAYLOAD_INVALID', '--set b is no JSON', '--set', 'b=two');
  await refused('PAYLOAD_INVALID', 'no place for "a.b"', '--set', 'a.b=1');
  await refused('OPTION_INVALID', 'changes nothing', '--set', 'b=0');
  await refused('OPTION_INVALID', '--set', '--dry-run');

  expect(await dead.read('math')).toEqual([]);
  expect((await sunbeon(cluster, 'audit', 'ls', '--json')).json()).toEqual([]);
}, 90_000);
