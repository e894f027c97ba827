// What outlasts a process: for now the marks by which a message's effect happens once. Results and the outbox follow.
export { memoryMarks } from './memory-marks.js';
export type { MemoryMarksOptions } from './memory-marks.js';
export { once } from './once.js';
export type { OnceOptions } from './once.js';
