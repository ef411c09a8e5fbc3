import { LOG_LIMITS, type LogLimits } from "./limits.ts";
import {
  LOG_LEVELS,
  type Log,
  type LogCounters,
  type LogEntry,
  type LogFields,
  type Logger,
  type LogLevel,
  type LogSink,
} from "./types.ts";

interface AttachedSink {
  readonly sink: LogSink;
  readonly rank: number;
}

/** What one source has written in the running interval. */
class Source implements Logger {
  readonly #log: RingLog;
  readonly #name: string;
  #intervalEndUs = -1;
  #count = 0;
  #suppressed = 0;

  constructor(log: RingLog, name: string) {
    this.#log = log;
    this.#name = name;
  }

  debug(message: string, fields?: LogFields): void {
    this.#write("debug", message, fields);
  }

  info(message: string, fields?: LogFields): void {
    this.#write("info", message, fields);
  }

  warning(message: string, fields?: LogFields): void {
    this.#write("warning", message, fields);
  }

  error(message: string, fields?: LogFields): void {
    this.#write("error", message, fields);
  }

  #write(level: LogLevel, message: string, fields: LogFields = {}): void {
    const { limits, nowUs } = this.#log;
    const timeUs = nowUs();
    if (timeUs >= this.#intervalEndUs) this.#beginInterval(timeUs);
    if (this.#count >= limits.burst) {
      this.#suppressed++;
      this.#log.counters.suppressed++;
      return;
    }
    this.#count++;
    this.#log.append(timeUs, level, this.#name, message, fields);
  }

  /** A new interval tells how many entries of the last one are missing. */
  #beginInterval(timeUs: number): void {
    const { limits } = this.#log;
    const missing = this.#suppressed;
    this.#intervalEndUs = timeUs + limits.intervalUs;
    this.#count = 0;
    this.#suppressed = 0;
    if (missing === 0) return;
    this.#log.append(timeUs, "warning", this.#name, "entries were suppressed", { count: missing });
  }
}

class RingLog implements Log {
  readonly limits: LogLimits;
  readonly nowUs: () => number;
  readonly counters: LogCounters = { written: 0, forgotten: 0, suppressed: 0, cut: 0 };
  readonly #ring: LogEntry[] = [];
  readonly #sinks: Set<AttachedSink> = new Set();
  /** Where the oldest entry stands, once the ring is full. */
  #oldest = 0;

  constructor(nowUs: () => number, limits: LogLimits) {
    this.nowUs = nowUs;
    this.limits = limits;
  }

  logger(source: string): Logger {
    return new Source(this, source.slice(0, this.limits.sourceCharacters));
  }

  entries(): readonly LogEntry[] {
    return [...this.#ring.slice(this.#oldest), ...this.#ring.slice(0, this.#oldest)];
  }

  attach(sink: LogSink, level: LogLevel = "debug"): () => void {
    if (this.#sinks.size >= this.limits.sinks) {
      throw new RangeError(`the log has ${this.#sinks.size} sinks, and takes no more`);
    }
    const attached = { sink, rank: LOG_LEVELS.indexOf(level) };
    this.#sinks.add(attached);
    return () => this.#sinks.delete(attached);
  }

  append(
    timeUs: number,
    level: LogLevel,
    source: string,
    message: string,
    fields: LogFields,
  ): void {
    const sequence = ++this.counters.written;
    const entry: LogEntry = {
      sequence,
      timeUs,
      level,
      source,
      message: this.#cut(message),
      fields: this.#bound(fields),
    };
    if (this.#ring.length < this.limits.entries) {
      this.#ring.push(entry);
    } else {
      this.#ring[this.#oldest] = entry;
      this.#oldest = (this.#oldest + 1) % this.#ring.length;
      this.counters.forgotten++;
    }
    const rank = LOG_LEVELS.indexOf(level);
    for (const attached of this.#sinks) if (rank >= attached.rank) attached.sink(entry);
  }

  #cut(text: string): string {
    if (text.length <= this.limits.characters) return text;
    this.counters.cut++;
    return `${text.slice(0, this.limits.characters - 1)}…`;
  }

  /** A copy within bounds: the caller may change its own object afterwards. */
  #bound(fields: LogFields): LogFields {
    const bounded: Record<string, number | string | boolean> = {};
    let count = 0;
    for (const name in fields) {
      if (count++ === this.limits.fields) {
        this.counters.cut++;
        break;
      }
      const value = fields[name]!;
      bounded[name] = typeof value === "string" ? this.#cut(value) : value;
    }
    return bounded;
  }
}

/**
 * Makes an empty log.
 *
 * @param needs `nowUs` tells the microseconds since boot.
 */
export function createLog(
  needs: { readonly nowUs: () => number },
  limits: LogLimits = LOG_LIMITS,
): Log {
  return new RingLog(needs.nowUs, limits);
}
