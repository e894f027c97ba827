import { randomBytes } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join, parse } from 'node:path';
import { topicOf } from '@sunbeon/core';
import type { DemoOptions } from './demo.js';

const INPUT = join(import.meta.dirname, '..', '..', 'demo');
const FLIGHTS_PER_REQUEST = 500;
const SUMS = 50;

interface Flight {
  readonly date: string;
  readonly delay: number;
  readonly distance: number;
  readonly origin: string;
  readonly destination: string;
}

/**
 * Sends the demo's input: over HTTP as any service would, and random bytes with a bare Kafka producer.
 * @returns how many messages each task or event@group must at least have.
 */
export async function sendInput(options: DemoOptions, folder: string): Promise<Map<string, number>> {
  const { io } = options;
  const photos = await sendPhotographs(options.api, folder);
  io.out(`  ${photos} photographs (two of them broken) → image.thumbnail\n`);
  const flights = await sendFlights(options.api);
  io.out(`  ${flights} flights → flight.recorded\n`);
  const sum = await sendSums(options.api);
  io.out(`  ${SUMS} sums → math.add; 2 + 3 = ${sum.value} came back in ${sum.tookMs} ms\n`);
  const topics = await sendRandomBytes(options);
  io.out(`  random bytes → ${topics.join(', ')}\n`);
  return new Map([
    ['image.thumbnail', photos + 1],
    ['flight.recorded@airport-stats', flights + 1],
    ['flight.recorded@delay-watch', flights + 1],
    ['math.add', SUMS + 1],
    ['email.send', 1],
    ['airport.stats@scoreboard', 1],
  ]);
}

async function sendPhotographs(api: string, folder: string): Promise<number> {
  const photos = readdirSync(join(INPUT, 'photos')).sort();
  const tasks = photos.map((photo) => ({
    source: join(INPUT, 'photos', photo),
    target: join(folder, 'thumbnails', `${parse(photo).name}.jpg`),
  }));
  await post(`${api}/tasks/image.thumbnail`, JSON.stringify(tasks), 'application/json');
  return photos.length;
}

async function sendFlights(api: string): Promise<number> {
  const flights = JSON.parse(readFileSync(join(INPUT, 'flights.json'), 'utf8')) as Flight[];
  for (let at = 0; at < flights.length; at += FLIGHTS_PER_REQUEST) {
    const lines = flights.slice(at, at + FLIGHTS_PER_REQUEST).map((flight) => JSON.stringify(toEvent(flight)));
    await post(`${api}/events/flight.recorded`, lines.join('\n'), 'application/x-ndjson');
  }
  return flights.length;
}

/** The data set has `2001/01/14 21:55`, local time. */
function toEvent(flight: Flight): Record<string, unknown> {
  return {
    airport: flight.origin,
    destination: flight.destination,
    departure: flight.date.replaceAll('/', '-').replace(' ', 'T'),
    delayMinutes: flight.delay,
    distanceMiles: flight.distance,
  };
}

async function sendSums(api: string): Promise<{ value: number; tookMs: number }> {
  const startedMs = Date.now();
  const { id } = (await post(`${api}/tasks/math.add`, '{"a":2,"b":3}', 'application/json')) as { id: string };
  const answer = await fetch(`${api}/tasks/${id}/result?waitMs=30000`);
  const { output } = (await answer.json()) as { output?: { sum: number } };
  const first = { value: output?.sum ?? NaN, tookMs: Date.now() - startedMs };
  const rest = Array.from({ length: SUMS - 1 }, (_, i) => JSON.stringify({ a: i, b: i * i }));
  await Promise.all(rest.map((body) => post(`${api}/tasks/math.add`, body, 'application/json')));
  return first;
}

/** What somebody else's faulty program would write: no headers, no key, no format. */
async function sendRandomBytes({ cluster }: DemoOptions): Promise<string[]> {
  const topics = [...new Set(cluster.contracts.map((contract) => cluster.prefix + topicOf(contract)))];
  const producer = await cluster.road.producer();
  try {
    await producer.send(topics.map((topic) => ({ topic, key: null, value: randomBytes(64), headers: {} })));
  } finally {
    await producer.disconnect();
  }
  return topics;
}

async function post(url: string, body: string, type: string): Promise<unknown> {
  const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type } });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${url} answered ${answer.status}: ${text.slice(0, 1_000)}`);
  return JSON.parse(text);
}
