/** What a guest does when nobody asks it for anything. */
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext, BenchRow } from "../../harness/mod.ts";
import type { Plan } from "../plan.ts";
import { PEER } from "./mod.ts";
import { withPair } from "./pair.ts";

const WAKE_UPS = "idle, wake-ups in 10 s";
const CPU_TIME = "idle, CPU time in 10 s";
const IDLE_MS = 10_000;
/** Both have done what they do after the start. */
const SETTLE_MS = 5000;
const NS_PER_MS = 1e6;
/** What QEMU calls the thread of the only CPU. */
const CPU_THREAD = /^CPU 0\//;

/** What a process has used so far. */
interface Usage {
  readonly wakeUps: number;
  readonly cpuMs: number;
}

/** Both idle at the same time. */
export async function benchIdle(plan: Plan, context: BenchContext): Promise<BenchRow[]> {
  if ((!context.wants(WAKE_UPS) && !context.wants(CPU_TIME)) || plan.peer === undefined) return [];
  return withPair(plan, "hello", async ({ ours, peer }) => {
    context.progress(`idle: ${(SETTLE_MS + IDLE_MS) / 1000} s without a request`);
    await sleep(SETTLE_MS);
    const before = [usageOf(ours.pid), usageOf(peer.pid)];
    await sleep(IDLE_MS);
    const after = [usageOf(ours.pid), usageOf(peer.pid)];
    const used = after.map(({ wakeUps, cpuMs }, side) => ({
      wakeUps: wakeUps - before[side]!.wakeUps,
      cpuMs: cpuMs - before[side]!.cpuMs,
    }));
    const row = (name: string, unit: string, key: keyof Usage): BenchRow => {
      const [left, right] = used;
      return { name, unit, better: "lower", ours: [left![key]], peer: PEER, theirs: [right![key]] };
    };
    return [row(WAKE_UPS, "wake-ups", "wakeUps"), row(CPU_TIME, "ms", "cpuMs")];
  });
}

/**
 * Reads /proc. The thread of a CPU sleeps when the guest halts, so each wake-up of the guest is a
 * voluntary switch to it; CPU time is that of all threads of QEMU.
 */
function usageOf(pid: number): Usage {
  let [wakeUps, cpuNs] = [0, 0];
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    const folder = `/proc/${pid}/task/${thread}`;
    cpuNs += Number(readFileSync(`${folder}/schedstat`, "utf8").split(" ")[0]);
    if (!CPU_THREAD.test(readFileSync(`${folder}/comm`, "utf8"))) continue;
    const status = readFileSync(`${folder}/status`, "utf8");
    wakeUps += Number(/^voluntary_ctxt_switches:\s+(\d+)/m.exec(status)?.[1]);
  }
  return { wakeUps, cpuMs: cpuNs / NS_PER_MS };
}
