import { describe, expect, test } from '@jest/globals';
import { unknownWarnings } from './broker-log.js';

const at = '[2026-11-21 05:00:00,000]';
const activation = `${at} WARN [QuorumController id=1] Performing controller activation. The metadata log appears to be empty. (org.apache.kafka.controller.QuorumController)`;
const failure = `${at} ERROR [Broker id=1] Error while processing a request (kafka.server.KafkaApis)`;

describe('unknownWarnings', () => {
  test('an unexplained line is found among harmless ones, without its stack trace', () => {
    const log = [activation, failure, 'java.io.IOException: disk', '\tat kafka.Log.append(Log.scala:1)', ''].join('\n');
    expect(unknownWarnings(log)).toEqual([failure]);
  });

  test.each(['WARN', 'ERROR', 'FATAL'])('%s is serious', (level) => {
    expect(unknownWarnings(`${at} ${level} something (x)`)).toHaveLength(1);
  });

  test('a warning of the JVM is serious, and what is below WARN is not', () => {
    const warning = 'OpenJDK 64-Bit Server VM warning: the archive does not fit';
    expect(unknownWarnings([warning, `${at} INFO started WARN (x)`].join('\n'))).toEqual([warning]);
  });
});
