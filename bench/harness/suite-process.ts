/**
 * Runs one suite in a process of its own, so that what one suite made the JavaScript engine learn
 * (shapes, inlining, a full heap) does not slow the next one down.
 */
import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { BenchRow } from "./row.ts";

/** What the parent tells the suite's process, as its only argument. */
export interface SuiteOrder {
  readonly suite: string;
  readonly quick: boolean;
  readonly only: readonly string[];
}

/** What the suite's process tells its parent. */
export type SuiteMessage =
  | { readonly kind: "progress"; readonly line: string }
  | { readonly kind: "skip"; readonly what: string; readonly reason: string }
  | { readonly kind: "rows"; readonly rows: readonly BenchRow[] };

const ENTRY = fileURLToPath(new URL("../suite-main.ts", import.meta.url));

/**
 * @param onMessage Called with each message while the suite runs.
 * @returns Undefined when the suite ended well, or how it ended.
 */
export async function runSuite(
  order: SuiteOrder,
  onMessage: (message: SuiteMessage) => void,
): Promise<string | undefined> {
  // What a suite prints is not part of our own output, which may be JSON.
  const child = fork(ENTRY, [JSON.stringify(order)], { stdio: ["ignore", 2, 2, "ipc"] });
  child.on("message", (message) => onMessage(message as SuiteMessage));
  return await new Promise((resolve) => {
    child.on("error", (error) => resolve(error.message));
    child.on("exit", (code, signal) => {
      if (code === 0) resolve(undefined);
      else resolve(signal === null ? `ended with exit code ${code}` : `ended by ${signal}`);
    });
  });
}
