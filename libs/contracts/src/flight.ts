import { defineEvent } from '@sunbeon/core';

/** A flight has departed. Flights of one airport are in order. */
export const flightRecorded = defineEvent({
  name: 'flight.recorded',
  schema: {
    type: 'record',
    name: 'FlightRecorded',
    namespace: 'sunbeon.flight',
    fields: [
      { name: 'airport', type: 'string', doc: 'IATA code of the airport of departure' },
      { name: 'destination', type: 'string', doc: 'IATA code' },
      { name: 'departure', type: 'string', doc: 'local date and time, ISO 8601' },
      { name: 'delayMinutes', type: 'int', doc: 'negative = early' },
      { name: 'distanceMiles', type: 'int' },
    ],
  },
  key: ({ airport }) => airport,
});

/** What is known of an airport's delays after one more flight. */
export const airportStats = defineEvent({
  name: 'airport.stats',
  schema: {
    type: 'record',
    name: 'AirportStats',
    namespace: 'sunbeon.flight',
    fields: [
      { name: 'airport', type: 'string' },
      { name: 'flights', type: 'int', doc: 'flights counted so far' },
      { name: 'meanDelayMinutes', type: 'double' },
      { name: 'worstDelayMinutes', type: 'int' },
    ],
  },
  key: ({ airport }) => airport,
});
