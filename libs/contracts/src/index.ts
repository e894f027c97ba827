// The tasks and events of this deployment: replace them by your own.
export { emailSend } from './email.js';
export { airportStats, flightRecorded } from './flight.js';
export { imageThumbnail } from './image.js';
export { mathAdd } from './math.js';
