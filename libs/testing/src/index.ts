// What tests build on, inside Jest only; `@sunbeon/testing/services` is for what runs outside of it.
export { startTestApp } from './app-harness.js';
export type { TestApp, TestAppOptions } from './app-harness.js';
export { collect } from './collect.js';
export { roadConformance } from './conformance/road.js';
export type { RoadUnderTest } from './conformance/rig.js';
export { FakeClock } from './fake-clock.js';
export { startHook } from './hook.js';
export type { Hook, HookCall } from './hook.js';
export { testCluster } from './kafka-harness.js';
export type { TestCluster } from './kafka-harness.js';
export { memoryRoad } from './memory-road.js';
export { requires } from './requires.js';
export { until } from './until.js';
export type { UntilOptions } from './until.js';
