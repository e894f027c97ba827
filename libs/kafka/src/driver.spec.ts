import { describe, expect, it } from '@jest/globals';
import { kafkaRoad } from './driver.js';

const road = (instanceId: string, patches = {}) => kafkaRoad({ brokers: ['127.0.0.1:1'], clientId: 'c', instanceId, patches }); // prettier-ignore
const invalid = expect.objectContaining({ code: 'OPTION_INVALID' });

describe('an instance id', () => {
  it('is what brokers take', () => {
    for (const id of ['pod-0', 'a.b_c', '...', 'x'.repeat(249)]) expect(() => road(id)).not.toThrow();
    for (const id of ['', '.', '..', 'a/b', 'ä', 'pod-0\n', 'x'.repeat(250)]) expect(() => road(id)).toThrow(invalid);
  });

  it('is refused without the patch that sends it', () => {
    expect(() => road('pod-0', { staticMembership: false })).toThrow(invalid);
    expect(() => road('pod-0', { staticMembership: false })).toThrow(/leave patches.staticMembership on/);
  });
});
