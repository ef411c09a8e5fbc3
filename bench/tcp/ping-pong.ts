import { NULL_HANDLER, type TcpConnection, type TcpHandler } from "../../components/tcp/mod.ts";
import type { PacketMemory } from "../../libos/hal/mod.ts";
import type { BenchPair } from "./pair.ts";

const MESSAGE_BYTES = 64;

/** Copies a message out of the stack, and sends the copy back. */
function createEcho(memory: PacketMemory, count: () => void): TcpHandler {
  const message = new Uint8Array(MESSAGE_BYTES).fill(0x5a);
  let filled = 0;
  return {
    ...NULL_HANDLER,
    onData(connection: TcpConnection, offset: number, length: number): number {
      memory.copyOut(message, filled, offset, length);
      filled += length;
      if (filled === MESSAGE_BYTES) {
        filled = 0;
        count();
        connection.send(message, 0, MESSAGE_BYTES);
      }
      return length;
    },
  };
}

/**
 * 64 bytes there and 64 bytes back, one message at a time.
 *
 * @returns A measurement, in round trips a second; each goes on where the last one ended.
 */
export function createPingPong(pair: BenchPair): (seconds: number) => number {
  let trips = 0;
  pair.client.handler = createEcho(pair.clientHost.memory, () => {
    trips++;
  });
  pair.server.handler = createEcho(pair.serverHost.memory, () => {});
  pair.client.send(new Uint8Array(MESSAGE_BYTES), 0, MESSAGE_BYTES);
  return (seconds) => {
    trips = 0;
    const started = performance.now();
    const endMs = started + seconds * 1000;
    pair.run(() => performance.now() >= endMs);
    return trips / ((performance.now() - started) / 1000);
  };
}
