import { Injectable } from '@nestjs/common';
import { airportStats, emailSend, flightRecorded } from '@sunbeon/contracts';
import type { PayloadOf, TaskContext } from '@sunbeon/core';
import { Subscribes } from '@sunbeon/nest';
import { AirportBook } from '../airports/airport-book.js';

type Flight = PayloadOf<typeof flightRecorded>;

/** Delays longer than this are worth an e-mail. */
const LONG_DELAY_MINUTES = 60;

@Injectable()
export class FlightHandler {
  constructor(private readonly book: AirportBook) {}

  /** Flights of an airport come in order, one at a time: running statistics need no lock. */
  @Subscribes(flightRecorded, { group: 'airport-stats', retry: { delaysMs: [500, 2_000] }, recordOutcomes: true })
  async count(flight: Flight, context: TaskContext): Promise<void> {
    await context.enqueue(airportStats, this.book.count(context.id, flight));
  }

  @Subscribes(flightRecorded, { group: 'delay-watch', retry: { delaysMs: [500, 2_000] }, recordOutcomes: true })
  async watch(flight: Flight, context: TaskContext): Promise<void> {
    if (flight.delayMinutes <= LONG_DELAY_MINUTES) return;
    const { airport, destination, departure, delayMinutes } = flight;
    await context.enqueue(emailSend, {
      to: `${airport.toLowerCase()}@airports.example`,
      subject: `${airport} → ${destination}: ${delayMinutes} minutes late`,
      text: `The flight of ${departure} from ${airport} to ${destination} left ${delayMinutes} minutes late.`,
    });
  }

  @Subscribes(airportStats, { group: 'scoreboard', retry: { delaysMs: [500, 2_000] }, recordOutcomes: true })
  show(stats: PayloadOf<typeof airportStats>): void {
    this.book.show(stats);
  }
}
