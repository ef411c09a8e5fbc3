/** The part of the soak that runs inside of the network namespace; `soak.ts` starts it. */
import { setTimeout as sleep } from "node:timers/promises";
import { startGuest } from "../guest.ts";
import { LINKS, makeLinks } from "../network.ts";
import { judge, SAMPLES_MIN, type MemorySample } from "./judge.ts";
import { askOnce, startLoad } from "./load.ts";
import type { SoakMessage, SoakOrder } from "./soak.ts";

const START_MS = 60_000;
const SAMPLE_EVERY_MS = 2_000;
/** Of the whole time; a short soak takes its samples closer together. */
const SAMPLES = 3 * SAMPLES_MIN;
const REPORT_EVERY_MS = 30_000;

const order = JSON.parse(process.argv[2]!) as SoakOrder;
const link = LINKS.ours;

function tell(message: SoakMessage): void {
  process.send?.(message);
}

async function sample(): Promise<MemorySample> {
  return JSON.parse(
    await askOnce({ host: link.guestAddress, path: "/memory" }, patienceMs),
  ) as MemorySample;
}

await makeLinks();
const { image, memoryKib, ms, patienceMs } = order;
const guest = startGuest(
  {
    quick: true,
    only: [],
    images: { soak: image },
    peer: undefined,
    emptyGuestPath: "",
    folder: "",
  },
  { side: "ours", app: "soak", link, memoryKib },
);
try {
  await guest.says("listening", START_MS);
  const load = startLoad(link.guestAddress, patienceMs);
  const startMs = performance.now();
  const samples: MemorySample[] = [];
  let reportedMs = startMs;
  // On a busy machine a short soak takes longer than it was to, and no fewer samples.
  const isOver = (): boolean => performance.now() - startMs >= ms && samples.length >= SAMPLES_MIN;
  while (!isOver()) {
    await sleep(Math.min(SAMPLE_EVERY_MS, ms / SAMPLES));
    const latest = await load.between(sample);
    samples.push(latest);
    if (performance.now() - reportedMs < REPORT_EVERY_MS) continue;
    reportedMs = performance.now();
    tell({ kind: "progress", seconds: (reportedMs - startMs) / 1000, latest, ...load.counts });
  }
  await load.stop();
  const verdict = judge(samples, ms);
  tell({ kind: "end", samples: samples.length, last: samples.at(-1)!, ...verdict, ...load.counts });
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  tell({ kind: "failed", reason: `${reason}\n${guest.console().slice(-1000)}` });
} finally {
  await guest.stop();
  // Clients whose server is gone would go on for ever.
  process.once("disconnect", () => process.exit());
  process.disconnect?.();
}
