/** What is known of a key: nobody has begun, somebody works on it, or its effect has happened. */
export type MarkState = 'new' | 'running' | 'done';

/**
 * Remembers which messages have had their effect, so that a second delivery does not repeat it. One port, one file per backend
 * (`@sunbeon/store`). All times are in milliseconds; keys are opaque.
 */
export interface Marks {
  /**
   * Looks and, where there is nothing, takes the key for `leaseMs`: of several callers at once only one hears `new`. A lease that
   * has run out is nothing: its owner is taken for dead.
   */
  begin(key: string, options: { readonly leaseMs: number }): Promise<MarkState>;
  /** The effect has happened: until `keepMs` from now everybody hears `done`. */
  done(key: string, options: { readonly keepMs: number }): Promise<void>;
  /** The effect has not happened: whoever comes next hears `new`. Changes nothing where the key is done. */
  release(key: string): Promise<void>;
}
