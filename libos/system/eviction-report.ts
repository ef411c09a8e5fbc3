/** Says on the console that connections are closed because JavaScript's heap is full. */
import type { Core } from "./core.ts";

/** Once in so long: there is no memory for more words. */
const INTERVAL_US = 5_000_000;

/** @returns `TcpNeeds.onEviction`: a warning for the first connection, and then seldom, with the sum. */
export function reportEvictions({
  log,
  kernel,
}: Pick<Core, "log" | "kernel">): (total: number) => void {
  const logger = log.logger("tcp");
  let silentUntilUs = 0;
  return (total) => {
    const nowUs = kernel.nowUs();
    if (nowUs < silentUntilUs) return;
    silentUntilUs = nowUs + INTERVAL_US;
    logger.warning("memory is full: connections are closed to make room", { closedSoFar: total });
  };
}
