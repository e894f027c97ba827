import { expect, test } from '@jest/globals';
import { filterOf } from './dlq-filter-flags.js';

const NOW = Date.parse('2026-01-31T12:00:00Z');

test.each([
  [{}, {}],
  [{ json: true, limit: '3' }, {}],
  [{ contract: 'a', error: 'E', fingerprint: 'f', key: '', id: 'i' }, { contract: 'a', error: 'E', fingerprint: 'f', key: '', id: 'i' }], // prettier-ignore
  [{ attempts: '3' }, { attempts: { min: 3, max: 3 } }],
  [{ attempts: '3+' }, { attempts: { min: 3 } }],
  [{ attempts: '2-4' }, { attempts: { min: 2, max: 4 } }],
  [{ header: 'tenant' }, { header: { name: 'tenant' } }],
  [{ header: 'tenant=a=b' }, { header: { name: 'tenant', value: 'a=b' } }],
  [{ header: 'tenant=' }, { header: { name: 'tenant', value: '' } }],
  [
    { since: '10m', until: '30s' },
    { sinceMs: NOW - 600_000, untilMs: NOW - 30_000 },
  ],
  [{ since: '2h' }, { sinceMs: NOW - 7_200_000 }],
  [{ since: '7d' }, { sinceMs: NOW - 7 * 86_400_000 }],
  [{ since: '2026-01-31T11:59:00Z' }, { sinceMs: NOW - 60_000 }],
  [{ until: '2026-01-31' }, { untilMs: NOW - 12 * 3_600_000 }],
])('%j is the filter %j', (flags, filter) => {
  expect(filterOf(flags, NOW)).toEqual(filter);
});

test.each([
  { attempts: '0' },
  { attempts: 'many' },
  { attempts: '3-' },
  { since: '10' },
  { since: 'yesterday' },
  { until: '2026-13-45' },
])(
  // prettier-ignore
  '%j is refused',
  (flags) => {
    expect(() => filterOf(flags, NOW)).toThrow(expect.objectContaining({ code: 'OPTION_INVALID' }));
  },
);
