/** TCP, stack to stack in one process, beside smoltcp and `node:net`. */
import type { BenchContext, BenchRow } from "../harness/mod.ts";
import { compare } from "../harness/mod.ts";
import { measureNodeNetBulk, measureNodeNetPingPong } from "../peers/node-net.ts";
import { buildSmoltcp, type SmoltcpMode } from "../peers/smoltcp.ts";
import { createBulk } from "./bulk.ts";
import { connectComponents } from "./component.ts";
import { connectPair, LARGE_SEGMENTS, MTU_1500 } from "./pair.ts";
import { createPingPong } from "./ping-pong.ts";

const MTU_BYTES = 1500;

type Measurement = (seconds: number) => number;

interface SmoltcpRow {
  readonly name: string;
  readonly mode: SmoltcpMode;
  readonly unit: string;
  prepare(): Measurement;
}

/**
 * "component" is TCP with nothing beneath it; the others run kernel, Ethernet, ARP and IPv4 as well,
 * over a device pair.
 */
const SMOLTCP_ROWS: readonly SmoltcpRow[] = [
  {
    name: "bulk-mtu1500",
    mode: "bulk-mtu1500",
    unit: "Gbit/s",
    prepare: () => createBulk(connectPair(MTU_1500)),
  },
  {
    name: "bulk-mtu1500 component",
    mode: "bulk-mtu1500",
    unit: "Gbit/s",
    prepare: () => createBulk(connectComponents(MTU_BYTES)),
  },
  {
    name: "bulk-64k",
    mode: "bulk-64k",
    unit: "Gbit/s",
    prepare: () => createBulk(connectPair(LARGE_SEGMENTS)),
  },
  {
    name: "pingpong-64",
    mode: "pingpong-64",
    unit: "round trips/s",
    prepare: () => createPingPong(connectComponents(MTU_BYTES)),
  },
  {
    name: "pingpong-64 whole stack",
    mode: "pingpong-64",
    unit: "round trips/s",
    prepare: () => createPingPong(connectPair(MTU_1500)),
  },
];

async function benchBesideSmoltcp(context: BenchContext): Promise<BenchRow[]> {
  const wanted = SMOLTCP_ROWS.filter((row) => context.wants(row.name));
  if (wanted.length === 0) return [];
  const smoltcp = await buildSmoltcp((line) => context.progress(line));
  if (typeof smoltcp === "string") {
    context.skip("the rows beside smoltcp", smoltcp);
    return [];
  }
  const rows: BenchRow[] = [];
  for (const { name, mode, unit, prepare } of wanted) {
    const ours = prepare();
    const theirs = (seconds: number): Promise<number> => smoltcp.measure(mode, seconds);
    rows.push(...(await compare(context, { name, unit, ours, peer: "smoltcp", theirs })));
  }
  return rows;
}

async function benchNet(context: BenchContext): Promise<BenchRow[]> {
  if (!context.wants("net bulk") && !context.wants("net pingpong-64")) return [];
  const rows: BenchRow[] = [];
  // Loaded late: the rows above are measured without the application's API in the engine.
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
