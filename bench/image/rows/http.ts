/** A page of a few bytes over keep-alive connections. */
import { compare, type BenchContext, type BenchRow } from "../../harness/mod.ts";
import { runWrk } from "../../harness/wrk.ts";
import { LINKS, type Side } from "../network.ts";
import type { Plan } from "../plan.ts";
import { PEER } from "./mod.ts";
import { withPair } from "./pair.ts";

const CONNECTIONS: readonly number[] = [1, 16, 64];
/** V8's compilers are slow under emulation: until the peer's rate stands still. */
const WARM_UP_SECONDS = { quick: 2, full: 8 };
const WARM_UP_CONNECTIONS = 16;

function rowName(connections: number): string {
  return `http, ${connections} ${connections === 1 ? "connection" : "connections"}`;
}

/** Loads both with wrk, in turns. */
export async function benchHttp(plan: Plan, context: BenchContext): Promise<BenchRow[]> {
  const wanted = CONNECTIONS.filter((connections) => context.wants(rowName(connections)));
  if (wanted.length === 0 || plan.peer === undefined) return [];
  const load = async (side: Side, connections: number, seconds: number): Promise<number> =>
    (await runWrk(`http://${LINKS[side].guestAddress}/`, connections, seconds)).requestsPerSecond;
  return withPair(plan, "hello", async () => {
    const seconds = context.quick ? WARM_UP_SECONDS.quick : WARM_UP_SECONDS.full;
    context.progress(`http: both are warmed up for ${seconds} s`);
    for (const side of ["ours", "peer"] as const) await load(side, WARM_UP_CONNECTIONS, seconds);
    const rows: BenchRow[] = [];
    for (const connections of wanted) {
      rows.push(
        ...(await compare(context, {
          name: rowName(connections),
          unit: "requests/s",
          ours: (duration) => load("ours", connections, duration),
          peer: PEER,
          theirs: (duration) => load("peer", connections, duration),
        })),
      );
    }
    return rows;
  });
}
