// The bytes of a message: Avro with a schema registry, or plain JSON.
export { avroCodec } from './avro-codec.js';
export type { AvroCodec } from './avro-codec.js';
export { jsonCodec } from './json-codec.js';
export type { JsonCodec } from './json-codec.js';
export { jsonSafe } from './json-values.js';
export type { AvroCodecOptions, Compatibility, RegistryAuth } from './options.js';
