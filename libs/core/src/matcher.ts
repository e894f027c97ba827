import type { Failure } from './errors.js';
import { kindsOf } from './kinds.js';
import { SunbeonError } from './errors.js';

/** An error's class, by which its subclasses are meant too. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any error class, whatever its constructor takes
export type ErrorClass = abstract new (...args: any[]) => Error;

/**
 * Which failures are meant: a class, the name of one, a code (a Sunbeon code, or the error's own `code`), or a function of
 * the failure. Names and codes of the error's causes count too. Classes are told by name, for an error that a worker thread
 * threw is none of this thread's classes.
 */
export type ErrorMatcher = string | ErrorClass | ((failure: Failure) => boolean);

export function isMeant(failure: Failure, matchers: readonly ErrorMatcher[]): boolean {
  return matchers.some((matcher) => matchesOne(failure, matcher));
}

function matchesOne(failure: Failure, matcher: ErrorMatcher): boolean {
  const word = wordOf(matcher);
  if (word !== undefined)
    return failure.code === word || failure.name === word || (failure.kinds?.includes(word) ?? false);
  try {
    return (matcher as (failure: Failure) => unknown)(failure) === true;
  } catch {
    return false; // a predicate that fails must not fail the message: what it cannot judge, it does not mean
  }
}

/** The name that a matcher stands for; undefined for a function of the failure. */
export function wordOf(matcher: ErrorMatcher): string | undefined {
  if (typeof matcher === 'string') return matcher;
  return isErrorClass(matcher) ? matcher.name : undefined;
}

function isErrorClass(matcher: unknown): matcher is ErrorClass {
  if (typeof matcher !== 'function') return false;
  return matcher === Error || (matcher as { prototype?: unknown }).prototype instanceof Error;
}

/** Whether whatever `narrow` means, `wide` means too, as far as that can be told before anything has failed. */
export function covers(wide: ErrorMatcher, narrow: ErrorMatcher): boolean {
  if (wide === narrow) return true;
  const word = wordOf(wide);
  if (word === undefined || wordOf(narrow) === undefined) return false;
  return word === wordOf(narrow) || (isErrorClass(narrow) && kindsOf(narrow.prototype).includes(word));
}

/** A class without a name is known by nothing. */
function isMatcher(matcher: unknown): boolean {
  return typeof matcher === 'string' || isErrorClass(matcher) ? wordOf(matcher) !== '' : typeof matcher === 'function';
}

/** @throws SunbeonError `OPTION_INVALID` */
export function checkMatchers(matchers: unknown, where: string): readonly ErrorMatcher[] {
  if (!Array.isArray(matchers) || matchers.length === 0) {
    throw new SunbeonError('OPTION_INVALID', `${where} is no list of errors.`, {
      hint: "Give what is meant, for example [TimeoutError, 'ECONNREFUSED', (failure) => failure.message.includes('quota')], or leave it out for all.",
      facts: { where },
    });
  }
  const bad = matchers.findIndex((matcher) => !isMatcher(matcher));
  if (bad >= 0) {
    throw new SunbeonError('OPTION_INVALID', `${where}[${bad}] is ${String(matchers[bad])}.`, {
      hint: 'Give an error class, its name, a code, or a function of the failure.',
      facts: { where, value: matchers[bad] },
    });
  }
  return Object.freeze([...(matchers as ErrorMatcher[])]);
}
