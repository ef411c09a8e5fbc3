/** Both guests side by side, for rows that are measured in turns on running guests. */
import { startGuest, type Guest, type GuestOptions } from "../guest.ts";
import { LINKS, type Side } from "../network.ts";
import type { Plan } from "../plan.ts";
import { MEMORY_KIB, START_MS } from "./mod.ts";

/** The one that is not measured is idle meanwhile. */
export type GuestPair = Readonly<Record<Side, Guest>>;

/**
 * Boots both with the same application, uses them, and switches them off.
 *
 * @param options What else the guests are given.
 */
export async function withPair<Result>(
  plan: Plan,
  app: string,
  use: (pair: GuestPair) => Promise<Result>,
  options: Partial<Record<Side, Partial<GuestOptions>>> = {},
): Promise<Result> {
  const boot = (side: Side): Guest =>
    startGuest(plan, { side, app, link: LINKS[side], memoryKib: MEMORY_KIB, ...options[side] });
  const pair: GuestPair = { ours: boot("ours"), peer: boot("peer") };
  try {
    await Promise.all([
      pair.ours.says("listening", START_MS),
      pair.peer.says("listening", START_MS),
    ]);
    return await use(pair);
  } finally {
    await Promise.all([pair.ours.stop(), pair.peer.stop()]);
  }
}
