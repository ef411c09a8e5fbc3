/**
 * The stream of snapshots: Server-Sent Events, and polling where they don't come through.
 *
 * @typedef {{ sample: Record<string, number>, traffic: any, system: any, history?: any[] }} Snapshot
 */

const POLL_MS = 1000;
/** So many milliseconds without a snapshot mean that the server is gone. */
const SILENCE_MS = 3500;

/**
 * @param {(snapshot: Snapshot) => void} onSnapshot
 * @param {(state: "live" | "lost") => void} onState
 */
export async function follow(onSnapshot, onState) {
  let lastMs = 0;
  const take = (/** @type {Snapshot} */ snapshot) => {
    lastMs = performance.now();
    onState("live");
    onSnapshot(snapshot);
  };
  const poll = async () => {
    try {
      const response = await fetch("/api/state", { cache: "no-store" });
      take(await response.json());
    } catch {
      onState("lost");
    }
  };
  await poll();
  const events = new EventSource("/api/events");
  events.addEventListener("message", (event) => take(JSON.parse(event.data)));
  setInterval(() => {
    if (performance.now() - lastMs < SILENCE_MS) return;
    onState("lost");
    void poll();
  }, POLL_MS);
}
