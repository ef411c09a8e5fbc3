/** The client's end of the rows: one request, or as many bytes as go through. */
import { connect } from "node:net";

const REQUEST = "GET / HTTP/1.1\r\nhost: guest\r\nconnection: close\r\n\r\n";
const HTTP_PORT = 80;
/** See `apps/bulk.ts`. */
const [SOURCE_PORT, SINK_PORT] = [5001, 5002];
const BUFFER_BYTES = 64 << 10;
/** Slow start and compilers get this much before the clock runs. */
const LEAD_MS = 500;

/**
 * Asks once for the page.
 *
 * @returns When the first bytes of the answer came, as `performance.now()` counts.
 */
export function firstAnswerMs(address: string, timeoutMs: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(HTTP_PORT, address, () => socket.write(REQUEST));
    socket.setTimeout(timeoutMs, () => socket.destroy(new Error(`${address} does not answer`)));
    socket.once("data", () => {
      resolve(performance.now());
      socket.destroy();
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`${address} closed without an answer`)));
  });
}

/** Reads what the guest sends. @returns Bytes per second. */
export function measureOut(address: string, seconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    let bytes = 0;
    let startMs = 0;
    // One buffer for all that comes: the host's garbage is not what is measured.
    const socket = connect({
      host: address,
      port: SOURCE_PORT,
      onread: {
        buffer: Buffer.alloc(4 * BUFFER_BYTES),
        callback: (length) => {
          bytes += length;
          return true;
        },
      },
    });
    socket.on("error", reject);
    socket.on("close", () => reject(new Error(`${address} ended the transfer`)));
    socket.on("connect", () => {
      setTimeout(() => {
        bytes = 0;
        startMs = performance.now();
      }, LEAD_MS);
      setTimeout(
        () => {
          resolve((bytes * 1000) / (performance.now() - startMs));
          socket.destroy();
        },
        LEAD_MS + seconds * 1000,
      );
    });
  });
}

/** Sends to the guest until its application has read everything. @returns Bytes per second. */
export function measureIn(address: string, seconds: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const buffer = Buffer.alloc(BUFFER_BYTES, 0x5a);
    let answer = "";
    const endMs = performance.now() + LEAD_MS + seconds * 1000;
    const isOver = (): boolean => performance.now() >= endMs;
    const socket = connect(SINK_PORT, address);
    const startMs = performance.now();
    const fill = (): void => {
      while (!isOver() && socket.write(buffer));
      if (isOver()) socket.end();
    };
    socket.on("error", reject);
    socket.on("connect", fill);
    socket.on("drain", fill);
    socket.on("data", (chunk) => (answer += String(chunk)));
    socket.on("end", () => resolve((Number(answer) * 1000) / (performance.now() - startMs)));
  });
}
