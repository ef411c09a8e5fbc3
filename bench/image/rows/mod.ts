/** What every group of rows is given. */
import type { BenchContext, BenchRow } from "../../harness/mod.ts";
import type { Plan } from "../plan.ts";

/** Measures the rows of one group that the context wants. */
export type RowGroup = (plan: Plan, context: BenchContext) => Promise<BenchRow[]>;

/** Memory of both guests where memory is not what is measured. */
export const MEMORY_KIB: number = 512 * 1024;
/** Until a guest listens, at the worst: the peer on a machine with other things to do. */
export const START_MS = 60_000;
/** How the peer is called in the table. */
export const PEER = "Linux, Node";
