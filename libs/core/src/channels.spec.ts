import { describe, expect, test } from '@jest/globals';
import { checkChannels } from './channels.js';

describe('checkChannels', () => {
  test('lets known names pass, and none', () => {
    expect(() => checkChannels(['ops', 'mail', 'ops'], ['mail', 'ops'])).not.toThrow();
    expect(() => checkChannels([], [])).not.toThrow();
  });

  test.each([
    [['ops', 'mial'], ['ops', 'mail'], 'Did you mean "mail"?'],
    [['pager'], ['ops', 'mail'], 'Channels of this deployment: ops, mail.'],
    [['ops'], [], 'This deployment has no channels: give SunbeonModule.forRoot'],
  ])('refuses %j of %j with a hint', (named, known, hint) => {
    expect(() => checkChannels(named, known, 'task "math.add"')).toThrow(
      expect.objectContaining({ code: 'OPTION_INVALID', hint: expect.stringContaining(hint) }),
    );
  });

  test('says whose policy and which channel', () => {
    expect(() => checkChannels(['x'], ['ops'], 'task "math.add"')).toThrow(/^task "math.add": notify names the channel "x"/); // prettier-ignore
  });
});
