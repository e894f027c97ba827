/** `npm test` runs the short form of every scenario, `npm run test:faults` the long one. */
export const IS_LONG = process.env['SUNBEON_FAULTS_FORM'] === 'long';

/** For Jest: above the rig's own deadline, which tidies up. */
export const TIMEOUT_MS = IS_LONG ? 1_860_000 : 150_000;
/** After this long a scenario is given up, and its processes are ended. */
export const DEADLINE_MS = TIMEOUT_MS - 30_000;

/** The numbers of a scenario in this run. */
export function formOf<T>(forms: { readonly short: T; readonly long: T }): T {
  return IS_LONG ? forms.long : forms.short;
}

/** The seed of this run: from `SUNBEON_FAULTS_SEED`, else by chance. It is printed with every run. */
export function seedOfRun(): number {
  const given = Number(process.env['SUNBEON_FAULTS_SEED']);
  return Number.isSafeInteger(given) && given > 0 ? given : 1 + Math.floor(Math.random() * 999_999);
}
