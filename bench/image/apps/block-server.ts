/** Takes orders for the disk over TCP, one for each connection, for both sides. */
import net from "node:net";

export const BLOCK_PORT = 5003;
/** Requests at the same time, where requests do not block. */
export const QUEUE_DEPTH = 4;

/** What the disk is asked for. */
export interface BlockOrder {
  readonly operation: "read" | "write";
  /** Bytes of each request, a multiple of 4096. */
  readonly requestBytes: number;
  /** Anywhere on the disk, or one after another. */
  readonly isRandom: boolean;
  readonly ms: number;
}

/** What was done. */
export interface BlockResult {
  readonly requests: number;
  readonly ms: number;
}

/** Starts one request; `done` is called when it has ended well. */
export type Transfer = (
  operation: BlockOrder["operation"],
  slot: number,
  position: number,
  done: () => void,
) => void;

/** A disk that requests go to; slots 0 .. `QUEUE_DEPTH - 1` have a buffer each. */
export interface Disk {
  readonly bytes: number;
  /** @returns The function that starts requests of this length. */
  prepare(requestBytes: number): Transfer;
}

/** Keeps `QUEUE_DEPTH` requests going until the time is over. */
export function perform(disk: Disk, order: BlockOrder): Promise<BlockResult> {
  const { operation, requestBytes, isRandom, ms } = order;
  const transfer = disk.prepare(requestBytes);
  const places = Math.floor(disk.bytes / requestBytes);
  const startMs = performance.now();
  let next = 0;
  let requests = 0;
  let running = QUEUE_DEPTH;
  return new Promise((resolve) => {
    const start = (slot: number): void => {
      const place = isRandom ? Math.floor(Math.random() * places) : next++ % places;
      transfer(operation, slot, place * requestBytes, () => {
        requests++;
        if (performance.now() - startMs < ms) start(slot);
        else if (--running === 0) resolve({ requests, ms: performance.now() - startMs });
      });
    };
    for (let slot = 0; slot < QUEUE_DEPTH; slot++) start(slot);
  });
}

/** Listens for orders. */
export function serveDisk(disk: Disk): void {
  const server = net.createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", (chunk) => {
      const order = JSON.parse(String(chunk)) as BlockOrder;
      void perform(disk, order).then((result) => socket.end(JSON.stringify(result)));
    });
  });
  server.listen(BLOCK_PORT, () => console.log("listening"));
}
