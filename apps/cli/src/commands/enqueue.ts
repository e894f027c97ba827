import { randomUUIDv7 } from 'node:crypto';
import { ContractRegistry, SunbeonError } from '@sunbeon/core';
import { createEnvelope } from '@sunbeon/core/envelope';
import { keyOf } from '@sunbeon/core/key';
import { inputSubject } from '@sunbeon/core/subjects';
import type { Command } from '../command.js';
import { JSON_FLAG, printJson } from '../command.js';
import { withCluster } from '../cluster.js';
import { describeResult } from './result.js';

export const enqueue: Command = {
  name: 'enqueue',
  usage: '<task> <json> [--wait [<seconds>]] [--json]',
  summary: 'sends a task; with --wait also waits for its result',
  options: { ...JSON_FLAG, wait: { type: 'string' } },
  bare: { wait: '30' },
  args: [2, 2],
  async run([name, text], { json, wait }, io) {
    return withCluster(io, async (cluster) => {
      const contract = new ContractRegistry(cluster.contracts).get(name!, 'task');
      const payload = cluster.codec.fromJson(inputSubject(contract), parse(text!));
      const waitMs = wait === undefined ? undefined : seconds(wait as string) * 1_000;
      const transport = cluster.transport();
      await transport.start();
      try {
        const envelope = createEnvelope({
          id: randomUUIDv7(),
          type: contract.name,
          source: 'sunbeon-cli',
          timeMs: Date.now(),
          key: keyOf(contract, payload),
          replyTo: transport.results.replyTo,
        });
        const messages = [{ contract, payload, envelope }];
        await transport.noteQueued(messages); // first: after a fast result it would come too late
        await transport.send(messages);
        if (waitMs === undefined) return say({ id: envelope.id, contract: contract.name, queue: contract.queue, status: 'queued' }); // prettier-ignore
        const result = await transport.results.wait(envelope.id, { timeoutMs: waitMs });
        if (json) printJson(io, describeResult(result));
        else io.out(`${envelope.id}  ${result.status}  ${JSON.stringify(result.output ?? result.error ?? null)}\n`);
        return result.status === 'succeeded' ? 0 : 1;
      } finally {
        await transport.stop();
      }
    });

    function say(sent: { id: string; contract: string; queue: string; status: string }): void {
      if (json) printJson(io, sent);
      else io.out(`${sent.id}  queued on ${sent.queue}; see it with: sunbeon result ${sent.id}\n`);
    }
  },
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SunbeonError('PAYLOAD_INVALID', `The payload is no JSON: ${(cause as Error).message}.`, {
      hint: `Quote it for your shell, for example: sunbeon enqueue math.add '{"a":1,"b":2}'.`,
      cause,
    });
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (value > 0 && value <= 86_400) return value;
  throw new SunbeonError('OPTION_INVALID', `--wait got "${text}".`, { hint: 'Give seconds, for example --wait 10.' });
}
