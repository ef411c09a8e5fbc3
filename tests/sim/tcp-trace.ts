/**
 * Prints the hash over the trace of one simulated transfer: everything that happened, with its
 * virtual time. It depends on the seed alone, and not on the engine.
 *
 *   node tests/sim/tcp-trace.ts [SEED]
 *   deno run -A tests/sim/tcp-trace.ts [SEED]
 */
import { argv } from "node:process";
import { transfer } from "./tcp-transfer.ts";

const TRANSFER_BYTES = 2 ** 18;

const seed = Number(argv[2] ?? 1);
const { problem, traceHash, virtualUs } = transfer({
  seed,
  bytes: TRANSFER_BYTES,
  bufferBytes: 8192,
  lossRate: 0.1,
  replayCommand: `node tests/sim/tcp-trace.ts ${seed}`,
  trace: true,
});
console.log(`${traceHash} ${virtualUs} ${problem || "ok"}`);
