/** From QEMU's start to the first answered request, less what an empty guest takes. */
import { median, type BenchContext, type BenchRow } from "../../harness/mod.ts";
import { firstAnswerMs } from "../client.ts";
import { EMPTY_GUEST_SAYS } from "../empty-guest.ts";
import { startEmptyGuest, startGuest, type GuestOptions } from "../guest.ts";
import { LINKS } from "../network.ts";
import type { Plan } from "../plan.ts";
import { MEMORY_KIB, PEER, START_MS } from "./mod.ts";

const EMPTY_ROUNDS = 5;
const ROUNDS = { quick: 1, full: 5 };
/** The peer has one application for both: what it serves is the smallest page. */
const PAGES: readonly { readonly row: string; readonly ours: string }[] = [
  { row: "start, hello", ours: "hello" },
  { row: "start, website", ours: "website" },
];
const PEER_APP = "hello";

/** Boots each side anew for each round. */
export async function benchStart(plan: Plan, context: BenchContext): Promise<BenchRow[]> {
  const pages = PAGES.filter(({ row }) => context.wants(row));
  if (pages.length === 0 || plan.peer === undefined) return [];
  const emptyMs = await emptyGuestMs(plan);
  context.progress(`an empty guest takes ${emptyMs.toFixed(0)} ms`);
  const rounds = context.quick ? ROUNDS.quick : ROUNDS.full;
  const ours = new Map(pages.map(({ row }) => [row, [] as number[]]));
  const theirs: number[] = [];
  for (let round = 1; round <= rounds; round++) {
    for (const { row, ours: app } of pages) {
      const ms = (await startToAnswerMs(plan, "ours", app)) - emptyMs;
      ours.get(row)!.push(ms);
      context.progress(`${row}, round ${round} of ${rounds}: ${ms.toFixed(0)} ms`);
    }
    theirs.push((await startToAnswerMs(plan, "peer", PEER_APP)) - emptyMs);
    context.progress(`${PEER}, round ${round} of ${rounds}: ${theirs.at(-1)!.toFixed(0)} ms`);
  }
  return pages.map(({ row }) => ({
    name: row,
    unit: "ms",
    better: "lower",
    ours: ours.get(row)!,
    peer: PEER,
    theirs,
  }));
}

async function emptyGuestMs(plan: Plan): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < EMPTY_ROUNDS; round++) {
    const guest = startEmptyGuest(plan.emptyGuestPath, LINKS.ours, MEMORY_KIB);
    await guest.says(EMPTY_GUEST_SAYS, START_MS);
    times.push(performance.now() - guest.startedMs);
    await guest.stop();
  }
  return median(times);
}

/** The client asks once the application says that it listens: it need not poll. */
async function startToAnswerMs(
  plan: Plan,
  side: GuestOptions["side"],
  app: string,
): Promise<number> {
  const link = LINKS[side];
  const guest = startGuest(plan, { side, app, link, memoryKib: MEMORY_KIB });
  try {
    await guest.says("listening", START_MS);
    return (await firstAnswerMs(link.guestAddress, START_MS)) - guest.startedMs;
  } finally {
    await guest.stop();
  }
}
