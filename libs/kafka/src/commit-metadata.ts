import type { OffsetRun } from '@sunbeon/core/ledger';
import { type DeliveryState, type Known, RUNS, type Runs } from './deliveries.js';
import { encodeOffsetMap, MAX_METADATA, VERSION } from './offset-map.js';
import { pushVarint, varintsOf } from './varint.js';

/** Counts are said up to here. */
const MOST = 15;

/**
 * All that a commit says besides its offset: what is finished above it, and how often the unfinished were delivered. The latter
 * comes first when both do not fit: what it says of a few records must not be lost. `docs/reference/offset-map.md` has the format.
 */
export function encodeMetadata(
  offset: number,
  finished: readonly OffsetRun[],
  deliveries: DeliveryState | undefined,
): string {
  const field = deliveries === undefined ? '' : encodeDeliveries(offset, deliveries);
  const map = encodeOffsetMap(offset, finished, MAX_METADATA - field.length);
  return field === '' || map !== '' ? map + field : VERSION + field;
}

/** Relative to the offset: 0 or the reach + 1; 0 or what to be careful up to; unclean ends; of each known one the distance and its counts. */
function encodeDeliveries(offset: number, { reach, careful, ends, known }: DeliveryState): string {
  if (reach === undefined && careful === undefined && known.size === 0) return '';
  const bytes: number[] = [];
  pushVarint(bytes, reach === undefined ? 0 : reach - offset + 1);
  pushVarint(bytes, careful === undefined ? 0 : careful - offset);
  pushVarint(bytes, ends);
  let at = offset;
  for (const [one, { deliveries, alone, runs }] of [...known].sort(([a], [b]) => a - b)) {
    pushVarint(bytes, one - at);
    pushVarint(bytes, runs + 4 * Math.min(alone, MOST) + 64 * Math.min(deliveries, MOST));
    at = one;
  }
  return ` dl:${Buffer.from(bytes).toString('base64').replace(/=+$/, '')}`;
}

/** What {@link encodeMetadata} said of deliveries. Whatever else stands there says nothing: nobody is suspected. */
export function decodeDeliveries(offset: number, metadata: string): DeliveryState | undefined {
  const [version, ...fields] = metadata.slice(0, MAX_METADATA).split(' ');
  const text = version === VERSION ? fields.map((one) => /^dl:([A-Za-z0-9+/]+)$/.exec(one)?.[1]).find(Boolean) : undefined; // prettier-ignore
  const values = text === undefined ? undefined : varintsOf(Buffer.from(text, 'base64'));
  if (values === undefined || values.length % 2 === 0 || values.length < 3) return undefined;
  const [reach, careful, ends] = values as [number, number, number];
  const known = new Map<number, Known>();
  let at = offset;
  for (let i = 3; i < values.length; i += 2) known.set((at += values[i]!), knownOf(values[i + 1]!));
  if (![at, offset + reach, offset + careful].every(Number.isSafeInteger)) return undefined;
  return {
    reach: reach === 0 ? undefined : offset + reach - 1,
    careful: careful === 0 ? undefined : offset + careful,
    ends,
    known,
  };
}

function knownOf(value: number): Known {
  const runs = (value % 4) as Runs | 3;
  return { runs: runs === 3 ? RUNS.not : runs, alone: (value >> 2) & MOST, deliveries: Math.floor(value / 64) };
}
