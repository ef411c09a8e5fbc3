/** A thread of its own for each row: what the engine has learnt from one does not slow the next. */
import { parentPort, workerData } from "node:worker_threads";
import { SMOLTCP_ROWS } from "./rows.ts";

const row = SMOLTCP_ROWS.find((candidate) => candidate.name === workerData);
if (row === undefined) throw new Error(`no row ${String(workerData)}`);
const measure = row.prepare();
parentPort?.on("message", (seconds: number) => {
  // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
  parentPort?.postMessage(measure(seconds));
});
