// What is to become of a message: said when it is sent, and what the checker holds its attempts against.

/**
 * How often it fails, and how many attempts it has: at random, but the same for the same seed and message. Of those that fail, one is
 * as likely to succeed at its second attempt as at any later one, or to be buried.
 */
export function planOf({ seed, failing, policy }, { key, n, does, fails }) {
  const most = does === 'bury' ? 1 : policy.delaysMs.length + 1;
  const holds = key !== null && policy.order !== 'none' && policy.hold !== false;
  if (does === 'bury') return { fails: 1, most, holds };
  if (fails !== undefined) return { fails, most, holds };
  const hash = mixed(`${seed} ${key} ${n}`);
  const isFailing = hash / 2 ** 32 < failing;
  return { fails: isFailing ? 1 + (mixed(`${hash}`) % most) : 0, most, holds };
}

/** FNV-1a, mixed at the end so that neighbours are far apart. */
function mixed(text) {
  let hash = 0x811c9dc5;
  for (const char of text) hash = Math.imul(hash ^ char.charCodeAt(0), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 15), 0x2c1b3c6d);
  hash = Math.imul(hash ^ (hash >>> 12), 0x297a2d39);
  return (hash ^ (hash >>> 15)) >>> 0;
}
