import 'reflect-metadata';
import { Injectable } from '@nestjs/common';
import { ENTRY_PROVIDER_WATERMARK, EXCEPTION_FILTERS_METADATA, ROUTE_ARGS_METADATA } from '@nestjs/common/constants.js';
import { RouteParamtypes } from '@nestjs/common/enums/route-paramtypes.enum.js';
import type { Contract } from '@sunbeon/core';
import type { BatchLimits } from '@sunbeon/core/batch';
import type { Policy } from '@sunbeon/core/policy';

/** What a decorator says about a method. */
export interface HandlerMetadata {
  readonly contract: Contract;
  /** For events: the subscribing group. Undefined for tasks. */
  readonly group: string | undefined;
  readonly policy: Policy;
  /** Many messages a call. */
  readonly batch?: BatchLimits;
  readonly isolate?: 'thread' | undefined;
}

const HANDLERS = 'sunbeon:handlers';
const PARAMS = 'sunbeon:params';

/** Marks the context among a method's parameters: pipes never see it (see `invoker.ts`). */
export const CONTEXT_PARAM = 'sunbeon:context';

/**
 * Notes a handler on the class that declares it, by method name and not on the function: a decorator that replaces the
 * function (a transaction, a cache) must not lose it. A subclass that decorates the method anew replaces what it inherits.
 */
export function noteHandler(prototype: object, method: string | symbol, handler: HandlerMetadata): void {
  const own = (Reflect.getOwnMetadata(HANDLERS, prototype, method) as HandlerMetadata[] | undefined) ?? [];
  Reflect.defineMetadata(HANDLERS, [...own, handler], prototype, method);
  // Tells Nest that requests enter here, so that global request-scoped enhancers (APP_GUARD, …) are made for this class too.
  Reflect.defineMetadata(ENTRY_PROVIDER_WATERMARK, true, prototype.constructor);
}

/** The only reader of Sunbeon's metadata. */
@Injectable()
export class MetadataAccessor {
  /** False: no method of this class or its parents is a handler, so there is nothing to scan. */
  mayHaveHandlers(prototype: object): boolean {
    const classRef: unknown = prototype.constructor;
    return typeof classRef === 'function' && Reflect.hasMetadata(ENTRY_PROVIDER_WATERMARK, classRef);
  }

  /** What is declared on a method, of the class itself or inherited. */
  handlersOf(prototype: object, method: string): readonly HandlerMetadata[] {
    return (Reflect.getMetadata(HANDLERS, prototype, method) as HandlerMetadata[] | undefined) ?? [];
  }

  /** Whether exception filters are declared on a class or a method. */
  hasFilters(classRef: object, method: object): boolean {
    return [classRef, method].some((target) => Reflect.hasMetadata(EXCEPTION_FILTERS_METADATA, target));
  }

  /** Gives a function the exception filters of another. */
  copyFilters(from: object, to: object): void {
    const filters: unknown = Reflect.getMetadata(EXCEPTION_FILTERS_METADATA, from);
    if (filters !== undefined) Reflect.defineMetadata(EXCEPTION_FILTERS_METADATA, filters, to);
  }

  /**
   * Says where a method's arguments come from, as `ExternalContextCreator` reads it: the payload is parameter 0 and the
   * context parameter 1, unless parameter decorators (`@Body()`, `createParamDecorator`) say otherwise.
   * @returns the metadata's key
   */
  defineParams(prototype: object, method: string): string {
    const classRef = prototype.constructor;
    const declared = (Reflect.getMetadata(ROUTE_ARGS_METADATA, classRef, method) ?? {}) as Record<
      string,
      ParamMetadata
    >;
    const taken = new Set(Object.values(declared).map((param) => param.index));
    const params = { ...declared };
    if (!taken.has(0)) params[`${RouteParamtypes.BODY}:0`] = { index: 0, data: undefined, pipes: [] };
    if (!taken.has(1)) params[`${RouteParamtypes.REQUEST}:1`] = { index: 1, data: CONTEXT_PARAM, pipes: [] };
    Reflect.defineMetadata(PARAMS, params, classRef, method);
    return PARAMS;
  }
}

interface ParamMetadata {
  readonly index: number;
  readonly data: unknown;
  readonly pipes: readonly unknown[];
}
