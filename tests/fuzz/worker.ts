/** The thread that fuzzes one target; the main thread watches over its progress. */
import { parentPort, workerData } from "node:worker_threads";
import { fuzzTarget, type FuzzRange } from "./run.ts";
import { findTargets } from "./targets.ts";

/** What the main thread orders. */
export interface FuzzOrder {
  readonly targetName: string;
  readonly range: FuzzRange;
  /** `i32[1]` in shared memory: the index of the input that is being run. */
  readonly progress: Int32Array;
}

const order = workerData as FuzzOrder;
const targets = await findTargets();
const target = targets.find((candidate) => candidate.name === order.targetName);
if (target === undefined) throw new Error(`no fuzz target ${order.targetName}`);
const failure = fuzzTarget(target, order.range, (index) => {
  order.progress[0] = index;
});
// oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
parentPort?.postMessage(failure);
