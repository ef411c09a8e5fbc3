/** The suites of `npm run bench`, in the order in which they run. */
import type { BenchSuite } from "./harness/mod.ts";

/** A suite by name; its code is loaded only in the process that runs it. */
export interface SuiteEntry {
  readonly name: string;
  load(): Promise<BenchSuite>;
}

export const SUITES: readonly SuiteEntry[] = [];
