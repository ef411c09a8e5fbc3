import type { LogEntry } from "./types.ts";

/** What would break a line, or move a terminal's cursor. */
const CONTROL = /[\p{Cc}\u2028\u2029]/gu;

/**
 * Formats an entry as one line: `    1.000042 warning dhcp: no answer tries=3`.
 *
 * Control characters are escaped, so that what a peer sends can't forge a line or reach a terminal.
 */
export function formatEntry(entry: LogEntry): string {
  const seconds = Math.floor(entry.timeUs / 1_000_000);
  const fraction = String(entry.timeUs % 1_000_000).padStart(6, "0");
  const fields = Object.entries(entry.fields).map(
    ([name, value]) => ` ${escape(name)}=${quote(value)}`,
  );
  const time = `${String(seconds).padStart(5)}.${fraction}`;
  return `${time} ${entry.level.padEnd(7)} ${escape(entry.source)}: ${escape(entry.message)}${fields.join("")}`;
}

function quote(value: number | string | boolean): string {
  const text = escape(String(value));
  return /^[^\s"=]+$/.test(text) ? text : `"${text.replaceAll('"', '\\"')}"`;
}

function escape(text: string): string {
  return text.replace(
    CONTROL,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
