/** Levels in rising order, with RFC 5424's severities that they stand for. */
export const LOG_LEVELS = ["debug", "info", "warning", "error"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** RFC 5424, 6.2.1. */
export const SEVERITY: Readonly<Record<LogLevel, number>> = {
  debug: 7,
  info: 6,
  warning: 4,
  error: 3,
};

/** Values of an entry by name. Numbers stay numbers, so that tools can read them. */
export type LogFields = Readonly<Record<string, number | string | boolean>>;

/** One entry. It is frozen in time: nobody changes it after it was written. */
export interface LogEntry {
  /** Counts all entries ever written, from 1; a gap tells what was dropped. */
  readonly sequence: number;
  /** Microseconds since boot. */
  readonly timeUs: number;
  readonly level: LogLevel;
  /** Who writes: "dhcp", "eth0", "app". */
  readonly source: string;
  readonly message: string;
  readonly fields: LogFields;
}

/** Takes each entry as it is written. It must not throw, nor write to the log. */
export type LogSink = (entry: LogEntry) => void;

/** Writes entries under one name. */
export interface Logger {
  debug(message: string, fields?: LogFields): void;
  info(message: string, fields?: LogFields): void;
  warning(message: string, fields?: LogFields): void;
  error(message: string, fields?: LogFields): void;
}

export interface LogCounters {
  /** Entries written, those that were dropped afterwards included. */
  written: number;
  /** Entries that the ring has forgotten. */
  forgotten: number;
  /** Entries refused because their source wrote too fast. */
  suppressed: number;
  /** Messages and values that were cut. */
  cut: number;
}

export interface Log {
  readonly counters: Readonly<LogCounters>;
  /** @param source Who writes; 1 .. `sourceCharacters` characters, longer ones are cut. */
  logger(source: string): Logger;
  /** The entries that are kept, oldest first. */
  entries(): readonly LogEntry[];
  /**
   * Hands every later entry of at least `level` to `sink`, within the call that writes it.
   *
   * @returns Detaches the sink.
   * @throws RangeError at the bound of sinks.
   */
  attach(sink: LogSink, level?: LogLevel): () => void;
}
