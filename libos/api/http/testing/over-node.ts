/** Our `http` over `node:net`, so that it can be tested, and compared with Node's, by itself. */
import net from "node:net";
import { createTimerQueue } from "../../../kernel/timers.ts";
import { createHttp, type Http, type HttpNeeds } from "../mod.ts";

/** Needs that a host fulfils; `overrides` replaces some. */
export function nodeNeeds(overrides: Partial<HttpNeeds> = {}): HttpNeeds {
  const nowUs = (): number => Math.floor(performance.now() * 1_000);
  let handle: NodeJS.Timeout | undefined;
  const arm = (): void => {
    if (handle !== undefined) clearTimeout(handle);
    handle = undefined;
    const deadlineUs = queue.nextDeadlineUs();
    if (deadlineUs === Infinity) return;
    const run = (): void => {
      queue.run(nowUs());
      arm();
    };
    handle = setTimeout(run, Math.max(1, (deadlineUs - nowUs()) / 1_000)).unref();
  };
  const queue = createTimerQueue(arm);
  return {
    net: net as unknown as HttpNeeds["net"],
    timers: queue,
    nowUs,
    wallUs: () => Date.now() * 1_000,
    defer: (callback) => process.nextTick(callback),
    URL,
    ...overrides,
  };
}

export function createHttpOverNode(overrides: Partial<HttpNeeds> = {}): Http {
  return createHttp(nodeNeeds(overrides));
}
