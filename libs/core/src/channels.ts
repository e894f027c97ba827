import { SunbeonError } from './errors.js';
import { didYouMean } from './options.js';

/**
 * Refuses a policy that would tell nobody.
 * @param named what a policy's `notify` names, or several policies'.
 * @param known the channels of this deployment, see `Notifications`.
 * @param where whose policy it is, e.g. `task "math.add"`.
 * @throws SunbeonError `OPTION_INVALID`
 */
export function checkChannels(named: Iterable<string>, known: readonly string[], where = 'A policy'): void {
  for (const channel of named) {
    if (known.includes(channel)) continue;
    throw new SunbeonError('OPTION_INVALID', `${where}: notify names the channel "${channel}", which is not there.`, {
      hint: didYouMean(channel, known) ?? hintFor(known),
      facts: { where, channel },
    });
  }
}

function hintFor(known: readonly string[]): string {
  if (known.length > 0) return `Channels of this deployment: ${known.join(', ')}.`;
  return 'This deployment has no channels: give SunbeonModule.forRoot({ notify: notifications({ channels: { … } }) }).';
}
