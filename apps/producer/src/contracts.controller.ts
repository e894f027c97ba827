import { Controller, Get } from '@nestjs/common';
import { type Contract, ContractRegistry, topicOf } from '@sunbeon/core';
import { describeOnError } from '@sunbeon/core/error-policy';

/** `GET /contracts`: what can be said through this door. */
@Controller('contracts')
export class ContractsController {
  constructor(private readonly contracts: ContractRegistry) {}

  @Get()
  list(): { contracts: object[] } {
    return { contracts: this.contracts.all().map(describe) };
  }
}

function describe(contract: Contract): object {
  const { kind, name, input } = contract;
  const shared = { name, kind, ordered: contract.key !== undefined };
  if (kind === 'event') return { ...shared, topic: topicOf(contract), href: `/events/${name}`, input };
  return {
    ...shared,
    queue: topicOf(contract),
    href: `/tasks/${name}`,
    input,
    output: contract.output,
    onError: describeOnError(contract.policy.onError),
  };
}
