import { channelsFor, expired, type Judged, type Judgement, judgeFailure, told } from './on-error.js';
import type { Outcome, Verdict } from './outcome.js';

/** Outcome + policy + now → verdict. Pure: the whole error policy is this table. */
export function decide(outcome: Outcome, message: Judged, by: Judgement): Verdict {
  switch (outcome.kind) {
    case 'done':
      return { kind: 'finish', output: outcome.output };
    case 'drop':
      return { kind: 'drop', reason: outcome.reason };
    case 'expired':
      return expired('its deadline had passed before it could be run');
    case 'unavailable':
      return { kind: 'hold', error: outcome.error };
    case 'bury':
    case 'unreadable':
      return told({ kind: 'bury', error: outcome.error }, channelsFor(by.onError, outcome.error));
    case 'failed':
      return judgeFailure(outcome.error, message, by);
    case 'retry':
      return judgeFailure(outcome.error, message, by, { delayMs: outcome.delayMs });
  }
}
