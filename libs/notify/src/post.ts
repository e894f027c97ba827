import { lookup as systemLookup, type LookupAddress, type LookupOptions } from 'node:dns';
import { type IncomingMessage, request as overHttp } from 'node:http';
import { request as overHttps } from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { SunbeonError } from '@sunbeon/core/errors';
import { isPublic } from './address.js';

/** Resolves a name to all its addresses. */
export type Resolve = (
  name: string,
  options: LookupOptions & { readonly all: true },
  done: (error: NodeJS.ErrnoException | null, addresses: LookupAddress[]) => void,
) => void;

export interface Target {
  readonly url: URL;
  readonly allowPrivate: boolean;
  readonly resolve?: Resolve | undefined;
}

export interface Answer {
  readonly status: number;
  readonly retryAfter: string | undefined;
  /** The beginning of what a refusal says; `''` of a success. */
  readonly text: string;
}

/**
 * One request, no redirect followed, on a connection of its own. Of a name that resolves to several addresses each must be public, and
 * the connection goes to one of those that were looked at: a name that means something else a moment later (DNS rebinding) gains nothing.
 * A URL with an address in it is judged by {@link checkLiteral}.
 * @throws SunbeonError `ADDRESS_REFUSED`; anything else is the network's, or the signal's reason
 */
export async function post(
  target: Target,
  { headers, body }: { headers: Record<string, string>; body: string },
  signal: AbortSignal,
): Promise<Answer> {
  const { url } = target;
  const answered = Promise.withResolvers<IncomingMessage>();
  const send = url.protocol === 'https:' ? overHttps : overHttp;
  // No agent: none that an environment has told to use a proxy, and no connection of an earlier name.
  const options = { method: 'POST', headers, signal, agent: false, lookup: guarded(target) } as const;
  const request = send(url, options, answered.resolve);
  request.on('error', answered.reject);
  request.end(body);
  const response = await answered.promise;
  const { statusCode: status = 0 } = response;
  const text = status >= 200 && status < 300 ? '' : await beginningOf(response);
  response.destroy();
  return { status, retryAfter: response.headers['retry-after'], text };
}

/** An address in the URL itself is looked up by nobody: it is judged once, at boot. @throws SunbeonError `ADDRESS_REFUSED` */
export function checkLiteral(url: URL, allowPrivate: boolean): void {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  if (!allowPrivate && isIP(host) !== 0 && !isPublic(host)) throw refused(url.hostname, host);
}

function guarded({ allowPrivate, resolve = systemLookup }: Target): LookupFunction {
  return (name, options, done) => {
    resolve(name, { ...options, all: true }, (error, addresses) => {
      const [first] = addresses ?? [];
      const bad = allowPrivate ? undefined : addresses?.find(({ address }) => !isPublic(address));
      if (error !== null || first === undefined) done(error ?? new Error(`${name} has no address`), []);
      else if (bad !== undefined) done(refused(name, bad.address), []);
      else if (options.all === true) done(null, addresses);
      else done(null, first.address, first.family);
    });
  };
}

const MAX_TEXT = 200;

/** Enough to see what was wrong. */
async function beginningOf(response: IncomingMessage): Promise<string> {
  let text = '';
  try {
    for await (const chunk of response.setEncoding('utf8')) {
      text += String(chunk);
      if (text.length >= MAX_TEXT) break;
    }
  } catch {
    return text.slice(0, MAX_TEXT); // cut off: what has come says more than that
  }
  return text.slice(0, MAX_TEXT);
}

function refused(name: string, address: string): SunbeonError {
  return new SunbeonError('ADDRESS_REFUSED', `webhook: ${name} is at ${address}, which is not public.`, {
    hint: 'If it is meant to be inside, say so: allowPrivate: true.',
    facts: { name, address },
  });
}
