// What applications build on; everything else is this room's own business.
export { SunbeonModule } from './sunbeon.module.js';
export { SUNBEON_TRANSPORT } from './config.js';
export type { SunbeonOptions } from './config.js';
export { Handles, Subscribes } from './decorators.js';
export { HandlesBatch, SubscribesBatch } from './batch.decorators.js';
export type { HandleOptions, SubscribeOptions } from './decorators.js';
export type { BatchItem } from '@sunbeon/core/batch';
export { EventPublisher, Tasks } from './client.js';
export { SunbeonControl } from './control.js';
export { MessageFactory } from './messages.js';
export type { SendOptions } from './messages.js';
export { TaskHandle } from './handle.js';
export { SunbeonHealth } from './health.js';
export type { HealthReport } from './health.js';
export { createHealthController, SunbeonHealthModule } from './health.module.js';
export { readEnvironment, readWhole } from './environment.js';
export type { Environment } from './environment.js';
export { servable, serve } from './serve.js';
