// The process in which a system is measured: one part of one scenario, one system, nothing else loaded.
import type { Child, Part, Scenario } from './scenarios/scenario.ts';
import { fill } from './scenarios/fill.ts';
import type { Place, System } from './systems/system.ts';

export interface Order {
  readonly scenario: string;
  readonly part: string;
  readonly system: string;
  readonly place: Place;
  readonly args: unknown;
}

export type Report =
  | { readonly kind: 'said'; readonly message: string }
  | { readonly kind: 'done'; readonly value: unknown }
  | { readonly kind: 'failed'; readonly error: string };

const report = (message: Report): Promise<void> => new Promise((resolve) => process.send!(message, () => resolve()));

async function perform(order: Order): Promise<unknown> {
  const { scenario } = (await import(`./scenarios/${order.scenario}.ts`)) as { scenario: Scenario };
  const { system } = (await import(`./systems/${order.system}.ts`)) as { system: System };
  const parts: Readonly<Record<string, Part>> = { fill, ...scenario.parts };
  const child: Child = {
    system,
    place: order.place,
    open: () => system.open(order.place),
    say: (message) => void report({ kind: 'said', message }),
  };
  return parts[order.part]!(child, order.args);
}

process.once('disconnect', () => process.exit(1)); // the benchmark is gone
process.once('message', (order: Order) => {
  perform(order).then(
    (value) => report({ kind: 'done', value }).then(() => process.exit(0)),
    (error: unknown) => report({ kind: 'failed', error: error instanceof Error ? (error.stack ?? '') : String(error) }).then(() => process.exit(1)), // prettier-ignore
  );
});
