/** TCP over the loopback: segments of 64 KiB, and a queue that is often full. */
import t from "tap";
import { createIpv4 } from "../ipv4/mod.ts";
import type { TcpConnection } from "../tcp/mod.ts";
import { NULL_HANDLER, createTcp } from "../tcp/mod.ts";
import { createTestWorld } from "../testing/world.ts";
import type { LoopbackLimits } from "./mod.ts";
import { LOOPBACK_LIMITS, createLoopback } from "./mod.ts";

const LOCALHOST = 0x7f00_0001;
const TOTAL_BYTES = 5_000_000;

function transfer(limits: LoopbackLimits) {
  const world = createTestWorld();
  const { kernel, hal } = world.host("one", [], 2 ** 24);
  const network = createIpv4({ kernel, entropy: hal.entropy });
  const loopback = createLoopback(kernel, limits);
  network.addInterface({ link: loopback, address: LOCALHOST, prefixLength: 8 });
  const tcp = createTcp({ network, kernel, entropy: hal.entropy });
  kernel.onFlush(() => tcp.flush());
  const { bytes } = kernel.memory.packet;
  let received = 0;
  let wrong = 0;
  let isEnded = false;
  tcp.listen({
    address: 0,
    port: 7,
    onConnection(connection) {
      connection.handler = {
        ...NULL_HANDLER,
        onData(_connection, offset, length) {
          for (let index = 0; index < length; index += 101) {
            if (bytes[offset + index] !== ((received + index) & 255)) wrong++;
          }
          received += length;
          return length;
        },
        onEnd: () => (isEnded = true),
      };
    },
  });
  const chunk = Uint8Array.from({ length: 65_536 }, (_, index) => index);
  let sent = 0;
  const pump = (connection: TcpConnection): void => {
    while (sent < TOTAL_BYTES) {
      const from = sent & 255;
      const length = Math.min(chunk.length - 256, TOTAL_BYTES - sent);
      const taken = connection.send(chunk, from, length);
      sent += taken;
      if (taken < length) return;
    }
    connection.shutdown();
  };
  const handler = { ...NULL_HANDLER, onConnect: pump, onSpace: pump };
  tcp.connect({ address: LOCALHOST, port: 7, handler });
  world.runFor(20_000_000);
  return { received, wrong, isEnded, counters: loopback.counters };
}

t.test("a connection to ourselves moves every byte, in large segments", async (t) => {
  const { counters, isEnded, received, wrong } = transfer(LOOPBACK_LIMITS);
  t.equal(received, TOTAL_BYTES);
  t.equal(wrong, 0);
  t.ok(isEnded);
  t.ok(counters.bytes / counters.packets > 5_000, `${counters.packets} packets`);
});

t.test("a queue that is full again and again loses nothing and stops nobody", async (t) => {
  const { counters, isEnded, received, wrong } = transfer({ queueFrames: 2, queueBytes: 131_072 });
  t.equal(received, TOTAL_BYTES);
  t.equal(wrong, 0);
  t.ok(isEnded);
  t.ok(counters.full > 0, `${counters.full} times full`);
});
