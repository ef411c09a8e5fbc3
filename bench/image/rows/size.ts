/** Bytes of the files that boot, and the smallest memory in which they serve. */
import type { BenchContext, BenchRow } from "../../harness/mod.ts";
import { smallest } from "../bisect.ts";
import { startGuest } from "../guest.ts";
import { answersAll } from "../keep-alive.ts";
import { LINKS, type Side } from "../network.ts";
import type { Plan } from "../plan.ts";
import { PEER, START_MS } from "./mod.ts";

const FILES: readonly string[] = ["hello", "dns", "website"];
const BYTES_PER_KB = 1000;
const KIB_PER_MIB = 1024;
const HTTP_PORT = 80;
/** An image says at once that its memory is too small, or listens within a second. */
const OURS_MS = 10_000;
/** An answer comes in milliseconds, or where memory is too little, never. */
const ANSWER_MS = 20_000;

interface Search {
  readonly low: number;
  readonly high: number;
  readonly step: number;
}

/** In KiB; `step` is 1 MiB in a quick run. */
const OURS: Search = { low: 1024, high: 16 * 1024, step: 256 };
const THEIRS: Search = { low: 192 * 1024, high: 320 * 1024, step: 8 * 1024 };

const SERVED: readonly { readonly app: string; readonly connections: number }[] = [
  { app: "hello", connections: 1 },
  { app: "website", connections: 64 },
];
const PEER_SERVED = { app: "hello", connections: 64 };

function memoryRow(app: string, connections: number): string {
  return `memory, ${app}, ${connections} ${connections === 1 ? "connection" : "connections"}`;
}

/** What is counted, not measured: one figure for each side. */
export async function benchSize(plan: Plan, context: BenchContext): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const app of FILES.filter((name) => context.wants(`file, ${name}`))) {
    rows.push({
      name: `file, ${app}`,
      unit: "KB",
      better: "lower",
      ours: [plan.images[app]!.bytes / BYTES_PER_KB],
      peer: PEER,
      theirs: [(plan.peer?.bytes ?? Number.NaN) / BYTES_PER_KB],
    });
  }
  const wanted = SERVED.filter((row) => context.wants(memoryRow(row.app, row.connections)));
  if (wanted.length === 0) return rows;
  // The peer takes a minute and a half: not in a quick run.
  const theirs =
    plan.peer === undefined || context.quick
      ? Number.NaN
      : await smallestMib(plan, context, "peer", PEER_SERVED.app, PEER_SERVED.connections);
  for (const { app, connections } of wanted) {
    rows.push({
      name: memoryRow(app, connections),
      unit: "MiB",
      better: "lower",
      ours: [await smallestMib(plan, context, "ours", app, connections)],
      peer: PEER,
      theirs: [theirs],
    });
  }
  return rows;
}

async function smallestMib(
  plan: Plan,
  context: BenchContext,
  side: Side,
  app: string,
  connections: number,
): Promise<number> {
  const range = side === "peer" ? THEIRS : OURS;
  const search = context.quick ? { ...range, step: KIB_PER_MIB } : range;
  const kib = await smallest(search, async (memoryKib) => {
    const works = await serves(plan, side, app, connections, memoryKib);
    const size = (memoryKib / KIB_PER_MIB).toFixed(2);
    context.progress(
      `${side} ${app}: ${size} MiB ${works ? "serve" : "are too little for"} ${connections}`,
    );
    return works;
  });
  if (kib === undefined)
    throw new Error(`${side} ${app} does not even serve with ${search.high} KiB`);
  return kib / KIB_PER_MIB;
}

/** An image for a small machine is built for one: `APP-small`. */
async function serves(
  plan: Plan,
  side: Side,
  app: string,
  connections: number,
  memoryKib: number,
): Promise<boolean> {
  const link = LINKS[side];
  const name = side === "ours" ? `${app}-small` : app;
  const guest = startGuest(plan, { side, app: name, link, memoryKib });
  try {
    await guest.says("listening", side === "ours" ? OURS_MS : START_MS);
    const server = { host: link.guestAddress, port: HTTP_PORT };
    return await answersAll(server, connections, ANSWER_MS);
  } catch {
    return false;
  } finally {
    await guest.stop();
  }
}
