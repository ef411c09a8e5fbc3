/** A trace entry's values by name; numbers stay numbers, so that tools can read them. */
export type TraceFields = Readonly<Record<string, number | string | boolean>>;

/**
 * Takes trace entries: typed values, not log lines.
 *
 * Whoever traces holds `TraceSink | undefined` and asks `if (trace !== undefined)` first, so that a
 * system without tracing builds no entry.
 */
export interface TraceSink {
  /**
   * @param source Who speaks: "tcp", "ipv4", "hal.net", "kernel".
   * @param event What happened, in kebab-case: "state", "retransmit", "receive".
   */
  event(source: string, event: string, fields: TraceFields): void;
}
