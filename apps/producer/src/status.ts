import type { TaskResult } from '@sunbeon/core/ports';
import { jsonSafe } from '@sunbeon/schema';

/** Where to ask about a task: paths on this server. */
export interface Links {
  readonly self: string;
  readonly result: string;
  readonly events: string;
}

/** What the door says of a task. Times are ISO 8601 in UTC. */
export interface StatusDocument {
  readonly id: string;
  readonly contract: string;
  readonly status: TaskResult['status'];
  readonly attempt: number;
  readonly sentAt: string;
  readonly updatedAt: string;
  readonly output?: unknown;
  readonly error?: TaskResult['error'];
  readonly links: Links;
}

export function linksOf(id: string): Links {
  const self = `/tasks/${encodeURIComponent(id)}`;
  return { self, result: `${self}/result`, events: `${self}/events` };
}

export function statusDocument(result: TaskResult): StatusDocument {
  const { id, contract, status, attempt, output, error } = result;
  return {
    id,
    contract,
    status,
    attempt,
    sentAt: new Date(result.sentMs).toISOString(),
    updatedAt: new Date(result.atMs).toISOString(),
    ...(output === undefined ? {} : { output: jsonSafe(output) }),
    ...(error === undefined ? {} : { error: { code: error.code, name: error.name, message: error.message } }),
    links: linksOf(id),
  };
}
