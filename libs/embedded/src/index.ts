export { EmbeddedError, type EmbeddedErrorCode } from './errors.js';
export { ensureJars, type EnsureJarsOptions } from './jars.js';
export { startKafka, type KafkaHandle, type KafkaOptions } from './kafka.js';
export type { BrokerOverrides } from './kafka-config.js';
export { VERSIONS, type Jars, type OnProgress } from './layout.js';
export { startRegistry, type RegistryHandle, type RegistryOptions } from './registry.js';
export type { ServiceExit, ServiceHandle } from './service.js';
export { startServices, type Services, type ServicesOptions } from './services.js';
export type { StartOptions } from './start.js';
