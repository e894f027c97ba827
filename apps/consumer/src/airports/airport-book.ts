import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Inject, Injectable, type OnModuleDestroy } from '@nestjs/common';
import type { airportStats, flightRecorded } from '@sunbeon/contracts';
import type { PayloadOf } from '@sunbeon/core';
import { CONSUMER_CONFIG, type ConsumerConfig } from '../config.js';

type Stats = PayloadOf<typeof airportStats>;
type Flight = PayloadOf<typeof flightRecorded>;

const TABLES = `
  CREATE TABLE IF NOT EXISTS counted (id TEXT PRIMARY KEY) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS airports (airport TEXT PRIMARY KEY, flights INT, delay INT, worst INT) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS scoreboard (airport TEXT PRIMARY KEY, flights INT, mean REAL, worst INT) WITHOUT ROWID;
`;

/**
 * Running delay statistics in a file that all consumers of this machine share. Delivery is at least once; the effect is once,
 * for a flight is counted in the same transaction that marks its id.
 */
@Injectable()
export class AirportBook implements OnModuleDestroy {
  readonly #db: DatabaseSync;

  constructor(@Inject(CONSUMER_CONFIG) config: ConsumerConfig) {
    mkdirSync(config.dataDir, { recursive: true });
    this.#db = new DatabaseSync(join(config.dataDir, 'airports.db'), { timeout: 10_000 });
    this.#db.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;');
    this.#db.exec(TABLES);
  }

  /** Counts a flight, once per message id. @returns the airport's statistics after it. */
  count(id: string, { airport, delayMinutes }: Flight): Stats {
    this.#db.exec('BEGIN IMMEDIATE');
    try {
      const fresh = this.#db.prepare('INSERT OR IGNORE INTO counted VALUES (?)').run(id).changes > 0;
      if (fresh) this.#add(airport, delayMinutes);
      const row = this.#db.prepare('SELECT flights, delay, worst FROM airports WHERE airport = ?').get(airport);
      this.#db.exec('COMMIT');
      const { flights, delay, worst } = row as { flights: number; delay: number; worst: number };
      return { airport, flights, meanDelayMinutes: delay / flights, worstDelayMinutes: worst };
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
  }

  /** Keeps the latest statistics of an airport; an older one that comes again changes nothing. */
  show({ airport, flights, meanDelayMinutes, worstDelayMinutes }: Stats): void {
    this.#db
      .prepare(
        `INSERT INTO scoreboard VALUES (?, ?, ?, ?) ON CONFLICT (airport) DO UPDATE
         SET flights = excluded.flights, mean = excluded.mean, worst = excluded.worst WHERE excluded.flights >= flights`,
      )
      .run(airport, flights, meanDelayMinutes, worstDelayMinutes);
  }

  onModuleDestroy(): void {
    this.#db.close();
  }

  #add(airport: string, delayMinutes: number): void {
    this.#db
      .prepare(
        `INSERT INTO airports VALUES (?, 1, ?, ?) ON CONFLICT (airport) DO UPDATE
         SET flights = flights + 1, delay = delay + excluded.delay, worst = max(worst, excluded.worst)`,
      )
      .run(airport, delayMinutes, delayMinutes);
  }
}
