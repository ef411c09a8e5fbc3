/** The harness: what a suite of benchmarks needs. */
export { compare } from "./compare.ts";
export type { BenchContext, BenchSuite, Comparison, Measure } from "./compare.ts";
export { median, spread, summarize } from "./row.ts";
export type { SuiteMessage } from "./suite-process.ts";
export type { BenchRow, RowSummary, Spread } from "./row.ts";
