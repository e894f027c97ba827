import { describe, expect, it } from '@jest/globals';
import { renderLog4j, renderProperties, renderServerProperties } from './kafka-config.js';

describe('renderServerProperties', () => {
  const text = renderServerProperties({ port: 9092, controllerPort: 9093, logDir: 'topics' });

  it.each([
    'process.roles=broker,controller',
    'controller.quorum.voters=1@127.0.0.1:9093',
    'listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093',
    'advertised.listeners=PLAINTEXT://127.0.0.1:9092',
    'log.dirs=topics',
    'auto.create.topics.enable=false',
    'offsets.topic.replication.factor=1',
    'group.initial.rebalance.delay.ms=0',
  ])('says %s', (line) => {
    expect(text.split('\n')).toContain(line);
  });

  it('leaves to Kafka what the design leaves to Kafka', () => {
    expect(text).not.toMatch(/compression|retention|offset\.metadata/);
  });

  it("knows a cluster's node by its place", () => {
    const place = { nodeId: 2, voters: '1@127.0.0.1:11,2@127.0.0.1:12', clusterId: 'c' };
    const lines = renderServerProperties({ port: 1, controllerPort: 12, logDir: 'topics', place }).split('\n');
    expect(lines).toContain('node.id=2');
    expect(lines).toContain('controller.quorum.voters=1@127.0.0.1:11,2@127.0.0.1:12');
  });

  it('lets overrides win, once', () => {
    const overridden = renderServerProperties({
      port: 1,
      controllerPort: 2,
      logDir: 'topics',
      overrides: { 'group.initial.rebalance.delay.ms': 3_000, 'log.retention.ms': 10 },
    });
    expect(overridden.match(/^group\.initial\.rebalance\.delay\.ms=.*$/gm)).toEqual([
      'group.initial.rebalance.delay.ms=3000',
    ]);
    expect(overridden).toContain('log.retention.ms=10\n');
  });
});

describe('renderProperties', () => {
  it('escapes what Java would read otherwise', () => {
    expect(renderProperties({ 'a b:c': ' C:\\순번\nx' })).toBe('a\\ b\\:c=\\ C:\\\\\\uc21c\\ubc88\\nx\n');
  });
});

describe('renderLog4j', () => {
  it('keeps warnings and installs no hook', () => {
    expect(renderLog4j()).toContain('rootLogger.level=warn\n');
    expect(renderLog4j()).toContain('shutdownHook=disable\n');
  });
});
