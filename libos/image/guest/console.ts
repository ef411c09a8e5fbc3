/** The global `console`: text to the console of the machine. */
import type { Clock } from "../../hal/mod.ts";
import { format, inspect } from "./inspect.ts";

/** Writes one line, which ends without a line feed. */
export type WriteLine = (stream: 1 | 2, line: string) => void;

/** Makes what applications use of Node's `console`; tables and profiles are left out. */
export function createConsole(write: WriteLine, clock: Clock): Record<string, unknown> {
  let indent = "";
  const counts = new Map<string, number>();
  const starts = new Map<string, number>();
  const to =
    (stream: 1 | 2) =>
    (...values: unknown[]): void => {
      const text = format(values);
      write(stream, indent === "" ? text : indent + text.replaceAll("\n", `\n${indent}`));
    };
  const [out, diagnose] = [to(1), to(2)];
  const took = (label: string): string => {
    const us = clock.nowUs() - (starts.get(label) ?? clock.nowUs());
    return `${label}: ${(us / 1000).toFixed(3)}ms`;
  };
  return {
    log: out,
    info: out,
    debug: out,
    error: diagnose,
    warn: diagnose,
    trace: (...values: unknown[]) => {
      const [, ...calls] = new Error().stack?.split("\n") ?? [];
      diagnose([`Trace: ${format(values)}`, ...calls].join("\n"));
    },
    dir: (value: unknown) => out(inspect(value)),
    assert: (condition: unknown, ...values: unknown[]) => {
      if (condition) return;
      diagnose(`Assertion failed${values.length > 0 ? `: ${format(values)}` : ""}`);
    },
    group: (...values: unknown[]) => {
      if (values.length > 0) out(...values);
      indent += "  ";
    },
    groupEnd: () => {
      indent = indent.slice(2);
    },
    count: (label = "default") => {
      const count = (counts.get(label) ?? 0) + 1;
      counts.set(label, count);
      out(`${label}: ${count}`);
    },
    countReset: (label = "default") => void counts.delete(label),
    time: (label = "default") => void starts.set(label, clock.nowUs()),
    timeLog: (label = "default") => out(took(label)),
    timeEnd: (label = "default") => {
      out(took(label));
      starts.delete(label);
    },
  };
}
