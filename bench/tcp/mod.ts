/** TCP, stack to stack in one process, beside smoltcp and `node:net`. */
import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { BenchContext, BenchRow } from "../harness/mod.ts";
import { compare } from "../harness/mod.ts";
import { measureNodeNetBulk, measureNodeNetPingPong } from "../peers/node-net.ts";
import { buildSmoltcp } from "../peers/smoltcp.ts";
import { SMOLTCP_ROWS } from "./rows.ts";

const ROW_WORKER = new URL("./row-worker.ts", import.meta.url);

async function benchBesideSmoltcp(context: BenchContext): Promise<BenchRow[]> {
  const wanted = SMOLTCP_ROWS.filter((row) => context.wants(row.name));
  if (wanted.length === 0) return [];
  const smoltcp = await buildSmoltcp((line) => context.progress(line));
  if (typeof smoltcp === "string") {
    context.skip("the rows beside smoltcp", smoltcp);
    return [];
  }
  const rows: BenchRow[] = [];
  for (const { name, mode, unit } of wanted) {
    const worker = new Worker(ROW_WORKER, { workerData: name });
    const ours = async (seconds: number): Promise<number> => {
      // oxlint-disable-next-line require-post-message-target-origin -- a thread, not a window
      worker.postMessage(seconds);
      const [figure] = (await once(worker, "message")) as [number];
      return figure;
    };
    const theirs = (seconds: number): Promise<number> => smoltcp.measure(mode, seconds);
    rows.push(...(await compare(context, { name, unit, ours, peer: "smoltcp", theirs })));
    await worker.terminate();
  }
  return rows;
}

async function benchNet(context: BenchContext): Promise<BenchRow[]> {
  if (!context.wants("net bulk") && !context.wants("net pingpong-64")) return [];
  const rows: BenchRow[] = [];
  // Loaded only where it is wanted: it is the application's whole API.
  const { connectNet, createNetBulk, createNetPingPong } = await import("./net.ts");
  if (context.wants("net bulk")) {
    const pair = await connectNet();
    rows.push(
      ...(await compare(context, {
        name: "net bulk",
        unit: "Gbit/s",
        ours: createNetBulk(pair),
        peer: "node:net",
        theirs: measureNodeNetBulk,
      })),
    );
    await pair.close();
  }
  if (context.wants("net pingpong-64")) {
    const pair = await connectNet();
    rows.push(
      ...(await compare(context, {
        name: "net pingpong-64",
        unit: "round trips/s",
        ours: createNetPingPong(pair),
        peer: "node:net",
        theirs: measureNodeNetPingPong,
      })),
    );
    await pair.close();
  }
  return rows;
}

/** Measures every row that the context wants. */
export async function benchTcp(context: BenchContext): Promise<BenchRow[]> {
  return [...(await benchBesideSmoltcp(context)), ...(await benchNet(context))];
}
