/** One TCP connection with as much as goes through, out of the guest and into it. */
import { compare, type BenchContext, type BenchRow } from "../../harness/mod.ts";
import { measureIn, measureOut } from "../client.ts";
import { LINKS } from "../network.ts";
import type { Plan } from "../plan.ts";
import { PEER } from "./mod.ts";
import { withPair } from "./pair.ts";

const DIRECTIONS = [
  { name: "tcp, out of the guest", measure: measureOut },
  { name: "tcp, into the guest", measure: measureIn },
] as const;
const BYTES_PER_MB = 1e6;

/** The same script on both sides writes 64 KiB buffers, or reads and drops. */
export async function benchBulk(plan: Plan, context: BenchContext): Promise<BenchRow[]> {
  const wanted = DIRECTIONS.filter(({ name }) => context.wants(name));
  if (wanted.length === 0 || plan.peer === undefined) return [];
  return withPair(plan, "bulk", async () => {
    const rows: BenchRow[] = [];
    for (const { name, measure } of wanted) {
      rows.push(
        ...(await compare(context, {
          name,
          unit: "MB/s",
          ours: async (seconds) => (await measure(LINKS.ours.guestAddress, seconds)) / BYTES_PER_MB,
          peer: PEER,
          theirs: async (seconds) =>
            (await measure(LINKS.peer.guestAddress, seconds)) / BYTES_PER_MB,
        })),
      );
    }
    return rows;
  });
}
