/** How often each case runs: functions and shapes are known after the first time. */
export const ROUNDS = 3;

export type Case = () => unknown;

/** @returns A value as text that tells -0, bigints and nested arrays apart. */
export function text(value: unknown): string {
  if (Object.is(value, -0)) return "-0";
  if (typeof value === "bigint") return `${value}n`;
  if (Array.isArray(value)) return `[${value.map(text).join(" ")}]`;
  return String(value);
}

/** @returns What a case gives or throws, as text. */
export function attempt(run: Case): string {
  try {
    return text(run());
  } catch (error) {
    return error instanceof Error ? error.name : `thrown ${text(error)}`;
  }
}
