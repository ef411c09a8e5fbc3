/** The suites of `npm run bench`, in the order in which they run. */
import type { BenchSuite } from "./harness/mod.ts";

/** A suite by name; its code is loaded only in the process that runs it. */
export interface SuiteEntry {
  readonly name: string;
  load(): Promise<BenchSuite>;
}

export const SUITES: readonly SuiteEntry[] = [
  { name: "tcp", load: async () => (await import("./tcp/mod.ts")).benchTcp },
  { name: "http", load: async () => (await import("./http/mod.ts")).benchHttp },
  { name: "fs", load: async () => (await import("./fs/mod.ts")).benchFs },
];
