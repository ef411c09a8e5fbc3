import { LOG_LEVELS, type LogEntry, type LogLevel } from "./types.ts";

/** Decides whether an entry is shown. */
export type LogFilter = (entry: Pick<LogEntry, "source" | "level">) => boolean;

/**
 * Reads a filter from text: `level` for all sources, and `source=level` for one, separated by
 * commas; the last that fits counts. "info,dhcp=debug,eth0=error".
 *
 * @returns Undefined for text that is no filter.
 */
export function parseLogFilter(text: string): LogFilter | undefined {
  let others: number = LOG_LEVELS.indexOf("info");
  const ranks = new Map<string, number>();
  for (const part of text.split(",")) {
    const at = part.indexOf("=");
    const source = at < 0 ? "" : part.slice(0, at).trim();
    const rank = LOG_LEVELS.indexOf(part.slice(at + 1).trim() as LogLevel);
    if (rank < 0 || (at >= 0 && source === "")) return undefined;
    if (at < 0) others = rank;
    else ranks.set(source, rank);
  }
  return ({ source, level }) => LOG_LEVELS.indexOf(level) >= (ranks.get(source) ?? others);
}
