import { expect, test } from '@jest/globals';
import { createEnvelope, JSON_CONTENT_TYPE } from '@sunbeon/core/envelope';
import { toHeaders } from '@sunbeon/core/headers';
import { testCluster, until } from '@sunbeon/testing';
import { buryAdditions } from '../fixtures/dead-letters.js';
import { allGone, descendantsOf, DevFolder } from '../fixtures/dev-folder.js';
import { write } from '../fixtures/plain-client.js';
import { clusterEnv, startApp, startCli } from '../fixtures/program.js';
import { snapshot } from '../fixtures/snapshot.js';

const COUNT = 40;

test('a shadow that is killed in the middle leaves nothing behind but its line on the audit topic, and can be had again', async () => {
  const cluster = testCluster();
  await using folder = await DevFolder.create();
  await using dead = await buryAdditions(cluster, 0);
  {
    await using _topics = await startApp('consumer', cluster); // the topics that a consumer makes are there before
  }
  const say = (a: number) => {
    const fields = { id: `id-${a}`, type: 'math.add', source: 'test', timeMs: 5, contentType: JSON_CONTENT_TYPE };
    return { topic: dead.queue, key: null, value: Buffer.from(JSON.stringify({ a, b: 0 })), headers: toHeaders(createEnvelope(fields)) }; // prettier-ignore
  };
  await write(dead.road, ...Array.from({ length: COUNT }, (_, a) => say(a)));
  const run = (...args: string[]) => startCli(['rerun', 'math', '--since', '1h', '--shadow', ...args, '--json', '--as', 'Ada'], { cwd: folder.path, env: clusterEnv(cluster) }); // prettier-ignore
  {
    await using dry = run('--dry-run');
    expect([await dry.exited, dry.err]).toEqual([0, '']);
    expect(JSON.parse(dry.out)).toMatchObject({ matched: COUNT, compared: 0 });
  }
  const own = async () => {
    const { offsets, ...rest } = (await snapshot(dead.road, cluster, ['math'])) as { offsets: [string, unknown][] };
    return { ...rest, offsets: offsets.filter(([topic]) => !/sunbeon\.(audit|replays)$/.test(topic)) };
  };
  const before = await own();

  await using killed = run('--rate', '1');
  const child = await until(() => folder.has('logs', 'shadow.log') && descendantsOf(killed.pid)[0], { what: 'the shadow runs', timeoutMs: 30_000 }); // prettier-ignore
  await until(() => folder.log('shadow').includes('ready on'), { what: 'it has begun', timeoutMs: 30_000 });
  process.kill((child as { pid: number }).pid, 'SIGKILL');
  expect(await killed.exited).toBe(1);
  expect(killed.err).toContain('ended before it was done (SIGKILL)');

  await using orphan = run('--rate', '1');
  await until(() => descendantsOf(orphan.pid).length > 0, { what: 'another shadow runs', timeoutMs: 30_000 });
  await until(() => folder.log('shadow').includes('ready on'), { what: 'it has begun', timeoutMs: 30_000 });
  const pids = descendantsOf(orphan.pid).map(({ pid }) => pid);
  orphan.signal('SIGKILL');
  await allGone(pids);
  expect(await own()).toEqual(before);

  await using again = run();
  expect([await again.exited, again.err]).toEqual([0, '']);
  expect(JSON.parse(again.out)).toMatchObject({ matched: COUNT, compared: COUNT, unknown: COUNT });
  expect(await own()).toEqual(before);
  await using audit = startCli(['audit', 'ls', '--json'], { env: clusterEnv(cluster) });
  await audit.exited;
  const entries = (JSON.parse(audit.out) as { verb: string; phase: string }[]).map(({ verb, phase }) => `${verb} ${phase}`); // prettier-ignore
  expect(entries).toEqual(['shadow begun', 'shadow ended', 'shadow begun', 'shadow begun', 'shadow ended']);
}, 120_000);
