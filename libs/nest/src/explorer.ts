import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { SunbeonError } from '@sunbeon/core';
import type { Binding } from '@sunbeon/core/ports';
import { Invoker, type Target } from './invoker.js';
import { type HandlerMetadata, MetadataAccessor } from './metadata.accessor.js';

/** A binding and the module that provides its class, for messages to people. */
export interface FoundBinding extends Binding, Pick<HandlerMetadata, 'batch' | 'isolate'> {
  readonly module: string;
}

/** Finds the handlers among the application's providers. Metadata in, bindings out. */
@Injectable()
export class Explorer {
  readonly #scanner = new MetadataScanner();

  constructor(
    private readonly discovery: DiscoveryService,
    private readonly metadata: MetadataAccessor,
    private readonly invoker: Invoker,
  ) {}

  /** @throws SunbeonError `HANDLER_UNBOUND` for a handler on a controller, which Nest would not run as one */
  explore(): FoundBinding[] {
    const controller = this.discovery.getControllers().flatMap((wrapper) => this.#targets(wrapper))[0];
    if (controller !== undefined) throw onController(controller);
    const targets = this.discovery.getProviders().flatMap((wrapper) => this.#targets(wrapper));
    return distinct(targets).flatMap((target) =>
      this.metadata.handlersOf(target.prototype, target.method).map((handler) => this.#bind(target, handler)),
    );
  }

  #targets(wrapper: InstanceWrapper): Target[] {
    const prototype = prototypeOf(wrapper);
    if (prototype === undefined || !this.metadata.mayHaveHandlers(prototype)) return [];
    return this.#scanner
      .getAllMethodNames(prototype)
      .filter((method) => this.metadata.handlersOf(prototype, method).length > 0)
      .map((method) => ({ wrapper, prototype, method }));
  }

  #bind(target: Target, metadata: HandlerMetadata): FoundBinding {
    const module = target.wrapper.host?.name ?? '';
    const handle = this.invoker.handleOf(target);
    return Object.freeze({ ...metadata, where: whereOf(target), module, handle });
  }
}

/** The class's prototype, without making an instance; an alias (`useExisting`) is found where it points to. */
function prototypeOf(wrapper: InstanceWrapper): object | undefined {
  if (wrapper.isAlias) return undefined;
  if (!wrapper.isNotMetatype) return (wrapper.metatype as { prototype?: object } | null)?.prototype;
  const instance: unknown = wrapper.instance; // of useValue and useFactory: only the instance knows its class
  return typeof instance === 'object' && instance !== null ? (Object.getPrototypeOf(instance) as object) : undefined;
}

/** A factory or a value may give an instance that another provider already gave: it is one handler still. */
function distinct(targets: readonly Target[]): Target[] {
  const methods = new Map<unknown, Set<string>>();
  return targets.filter(({ wrapper, method }) => {
    const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    const owner: unknown = isStatic ? wrapper.instance : wrapper;
    const known = methods.get(owner) ?? new Set();
    methods.set(owner, known);
    return !known.has(method) && known.add(method);
  });
}

function whereOf({ prototype, method }: Target): string {
  return `${prototype.constructor.name}.${method}`;
}

function onController(target: Target): SunbeonError {
  return new SunbeonError('HANDLER_UNBOUND', `${whereOf(target)} is a method of a controller.`, {
    hint: 'Controllers answer HTTP requests: move the handler to a provider (@Injectable) and list it in "providers".',
    facts: { where: whereOf(target) },
  });
}
