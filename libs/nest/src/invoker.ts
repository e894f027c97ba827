import { Injectable } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import { ApplicationConfig, type ContextId, ContextIdFactory, ExternalContextCreator, ModuleRef } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { REQUEST_CONTEXT_ID } from '@nestjs/core/router/request/request-constants.js';
import { applyFilters, type Handle } from './filters.js';
import { CONTEXT_PARAM, MetadataAccessor } from './metadata.accessor.js';

/** A method of a provider, found by the explorer. */
export interface Target {
  readonly wrapper: InstanceWrapper;
  readonly prototype: object;
  readonly method: string;
}

/** What `context.getType()` says in guards, interceptors and filters. */
const CONTEXT_TYPE = 'sunbeon';
type Methods = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** In which of Nest's contexts an instance lives; undefined = the static one. */
interface Scope {
  readonly contextId?: ContextId;
  readonly inquirerId?: string;
}

/** Turns a method into a function of payload and context that runs the whole of Nest's pipeline around it. */
@Injectable()
export class Invoker {
  readonly #creator: ExternalContextCreator;

  constructor(
    creator: ExternalContextCreator,
    private readonly config: ApplicationConfig,
    private readonly metadata: MetadataAccessor,
  ) {
    this.#creator = withoutPipesOnContext(creator);
  }

  handleOf(target: Target): Handle {
    const { wrapper } = target;
    const isStatic = wrapper.isDependencyTreeStatic() && !wrapper.isTransient;
    return isStatic ? this.#pipeline(target, wrapper.instance as object, {}) : this.#perAttempt(target);
  }

  /** Request scope: each attempt gets instances of its own; `@Inject(REQUEST)` gives `{ payload, context }`. */
  #perAttempt(target: Target): Handle {
    const { token, host, id } = target.wrapper;
    const moduleRef = host?.getProviderByKey<ModuleRef>(ModuleRef).instance as ModuleRef; // every scanned provider has a host
    return async (payload, context) => {
      const contextId = ContextIdFactory.create();
      const request = Object.defineProperty({ payload, context }, REQUEST_CONTEXT_ID, { value: contextId });
      moduleRef.registerRequestByContextId(request, contextId);
      const instance = await moduleRef.resolve<object>(token, contextId, { strict: true });
      return this.#pipeline(target, instance, { contextId, inquirerId: id })(payload, context);
    };
  }

  #pipeline({ prototype, method }: Target, instance: object, scope: Scope): Handle {
    const callback = (instance as Methods)[method]!;
    const inner = this.#creator.create(
      instance as Record<string, unknown>,
      callback,
      method,
      this.metadata.defineParams(prototype, method),
      PARAMS_FACTORY,
      scope.contextId,
      scope.inquirerId,
      { guards: true, interceptors: true, filters: false },
      CONTEXT_TYPE,
    ) as Handle;
    if (!this.#hasFilters(prototype, callback)) return inner;
    return applyFilters(inner, (attempt) => this.#filters(attempt, { instance, method, scope }));
  }

  /** Without filters Nest would still log each error, also a `Retry`; so its filters take part only if there are any. */
  #hasFilters(prototype: object, callback: object): boolean {
    const global = this.config.getGlobalFilters().length + this.config.getGlobalRequestFilters().length;
    return global > 0 || this.metadata.hasFilters(prototype.constructor, callback);
  }

  #filters<F extends (...args: never[]) => unknown>(
    attempt: F,
    { instance, method, scope }: { instance: object; method: string; scope: Scope },
  ): (...args: unknown[]) => Promise<unknown> {
    this.metadata.copyFilters((instance as Methods)[method]!, attempt);
    return this.#creator.create(
      instance as Record<string, unknown>,
      attempt as never,
      method,
      undefined,
      undefined,
      scope.contextId,
      scope.inquirerId,
      { guards: false, interceptors: false, filters: true },
      CONTEXT_TYPE,
    );
  }
}

/** Nest's arguments are [payload, context]; `@Body('field')` picks a field of the payload. */
const PARAMS_FACTORY = {
  exchangeKeyForValue(type: number, data: unknown, [payload, context]: [unknown, unknown]): unknown {
    if (data === CONTEXT_PARAM) return context;
    if (type !== (RouteParamtypes.BODY as number)) return undefined; // @Query() and its like: there is no HTTP request
    return typeof data === 'string' ? (payload as Record<string, unknown> | null)?.[data] : payload;
  },
};

/**
 * Nest applies a method's pipes to every parameter, so a plain pipe that expects a payload would choke on the context.
 * The injected creator stays as it is for others: this one inherits from it and overrides one public method.
 */
function withoutPipesOnContext(creator: ExternalContextCreator): ExternalContextCreator {
  const own = Object.create(creator) as ExternalContextCreator;
  own.getParamValue = (value, metadata, pipes) =>
    metadata.data === CONTEXT_PARAM ? Promise.resolve(value) : creator.getParamValue(value, metadata, pipes);
  return own;
}
