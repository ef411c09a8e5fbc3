import { NULL_HANDLER, type TcpConnection, type TcpHandler } from "../../components/tcp/mod.ts";
import type { BenchPair } from "./pair.ts";

/** What the application writes from, and reads into, at a time. */
const CHUNK_BYTES = 64 * 1024;

/** Writes the same chunk whenever there is room. */
function createWriter(chunk: Uint8Array): TcpHandler {
  return {
    ...NULL_HANDLER,
    onSpace(connection: TcpConnection): void {
      while (connection.send(chunk, 0, chunk.length) === chunk.length);
    },
  };
}

/**
 * Bulk in one direction: the sender copies from a buffer of its own, the receiver into another.
 *
 * @returns A measurement, in Gbit of payload a second; each goes on where the last one ended.
 */
export function createBulk(pair: BenchPair): (seconds: number) => number {
  const source = new Uint8Array(CHUNK_BYTES).fill(0x5a);
  const target = new Uint8Array(CHUNK_BYTES);
  const { memory } = pair.serverHost;
  let received = 0;
  pair.server.handler = {
    ...NULL_HANDLER,
    onData(_: TcpConnection, offset: number, length: number): number {
      for (let at = 0; at < length; at += CHUNK_BYTES) {
        memory.copyOut(target, 0, offset + at, Math.min(length - at, CHUNK_BYTES));
      }
      received += length;
      return length;
    },
  };
  const writer = createWriter(source);
  pair.client.handler = writer;
  writer.onSpace(pair.client);
  return (seconds) => {
    received = 0;
    const started = performance.now();
    const endMs = started + seconds * 1000;
    pair.run(() => performance.now() >= endMs);
    const elapsed = (performance.now() - started) / 1000;
    if (received === 0 || target[0] !== 0x5a) throw new Error("nothing arrived");
    return (received * 8) / elapsed / 1e9;
  };
}
