/** Values that take a request to get: asked for once however many want them, kept up to a number, failures not kept. */
export class Loader<K, V> {
  readonly #kept = new Map<K, V>();
  readonly #pending = new Map<K, Promise<V>>();

  /** @param max how many are kept; the oldest goes first */
  constructor(private readonly max: number) {}

  /** What is there already: no promise on the hot path. */
  peek(key: K): V | undefined {
    return this.#kept.get(key);
  }

  load(key: K, fetch: () => Promise<V>): Promise<V> {
    const running = this.#pending.get(key);
    if (running !== undefined) return running;
    const started = fetch()
      .then((value) => this.#keep(key, value))
      .finally(() => this.#pending.delete(key));
    this.#pending.set(key, started);
    return started;
  }

  #keep(key: K, value: V): V {
    const oldest = this.#kept.keys().next();
    if (this.#kept.size >= this.max && !oldest.done) this.#kept.delete(oldest.value);
    this.#kept.set(key, value);
    return value;
  }
}
