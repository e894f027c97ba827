import * as declared from '@sunbeon/contracts';
import { isContract } from '@sunbeon/core';
import type { Road } from '@sunbeon/core/ports';
import { Admin } from '@sunbeon/kafka';
import type { ConsoleAdmin } from './admin.port.js';

/** The admin verbs over one client for all polls: `Road.admin()` makes a new one each time it is asked. */
export function adminOver(road: Road, prefix: string): ConsoleAdmin {
  let client: ReturnType<Road['admin']> | undefined;
  const shared: Road = { ...road, admin: () => (client ??= road.admin()) };
  const admin = new Admin({ road: shared, contracts: Object.values(declared).filter(isContract), prefix });
  return {
    overview: () => admin.overview(),
    disconnect: async () => (await client)?.disconnect(),
  };
}
