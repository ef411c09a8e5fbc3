import t, { type Test } from "tap";
import { parseIpv4 } from "../../components/ipv4/mod.ts";
import { NULL_HANDLER, type TcpConnection, type TcpError } from "../../components/tcp/mod.ts";
import { connectLinux, type LinuxPeer } from "./tcp-linux.ts";

const LINUX = parseIpv4("10.0.0.2")!;
const SOURCE_BYTES = 4 * 2 ** 20;
const LOSS_RATE = 0.02;

async function withLinux(
  t: Test,
  lossRate: number,
  mode: "client" | "server",
): Promise<LinuxPeer | undefined> {
  const peer = await connectLinux(lossRate, mode);
  if (peer === undefined) t.comment("no network namespaces, TAP or Python here");
  else t.teardown(() => peer.close());
  return peer;
}

/** Sends `total` bytes and half-closes. @returns The answer, and how the connection closed. */
function sendTo(
  { tcp, memory }: LinuxPeer,
  port: number,
  total: number,
): Promise<{ answer: string; sum: number; error: TcpError | undefined }> {
  const chunk = Uint8Array.from({ length: 65_536 }, (_, index) => (index * 13) & 0xff);
  let sent = 0;
  let sum = 0;
  let answer = "";
  return new Promise((resolve) => {
    const pump = (connection: TcpConnection): void => {
      while (sent < total) {
        const length = Math.min(chunk.length, total - sent);
        const taken = connection.send(chunk, 0, length);
        for (let index = 0; index < taken; index++) sum = (sum + chunk[index]!) >>> 0;
        sent += taken;
        if (taken < length) return;
      }
      connection.shutdown();
    };
    tcp.connect({
      address: LINUX,
      port,
      handler: {
        ...NULL_HANDLER,
        onConnect: pump,
        onSpace: pump,
        onData(_, offset, length) {
          answer += Buffer.from(memory.bytes.slice(offset, offset + length)).toString();
          return length;
        },
        onClose: (_, error) => resolve({ answer, sum, error }),
      },
    });
  });
}

/** Reads everything. @returns How many bytes came, and how many were wrong. */
function readFrom({ tcp, memory }: LinuxPeer): Promise<{ received: number; wrong: number }> {
  let received = 0;
  let wrong = 0;
  return new Promise((resolve) => {
    tcp.connect({
      address: LINUX,
      port: 9002,
      handler: {
        ...NULL_HANDLER,
        onData(_, offset, length) {
          for (let index = 0; index < length; index++) {
            if (memory.bytes[offset + index] !== ((received + index) & 0xff)) wrong++;
          }
          received += length;
          return length;
        },
        onEnd: (connection) => connection.shutdown(),
        onClose: () => resolve({ received, wrong }),
      },
    });
  });
}

for (const lossRate of [0, LOSS_RATE]) {
  t.test(`data passes to and from Linux, with ${lossRate * 100} % loss`, async (t) => {
    const peer = await withLinux(t, lossRate, "server");
    if (peer === undefined) return;
    const total = lossRate === 0 ? 8_000_000 : 1_000_000;
    const [sent, got] = await Promise.all([sendTo(peer, 9001, total), readFrom(peer)]);
    t.equal(sent.answer, `${total} ${sent.sum}`);
    t.equal(sent.error, undefined);
    t.same(got, { received: SOURCE_BYTES, wrong: 0 });
    if (lossRate > 0) t.ok(peer.tcp.counters.retransmittedSegments > 0);
  });
}

t.test("Linux resets and refuses as it should, and we understand it", async (t) => {
  const peer = await withLinux(t, 0, "server");
  if (peer === undefined) return;
  t.equal((await sendTo(peer, 9003, 10)).error, "ECONNRESET");
  t.equal((await sendTo(peer, 9999, 10)).error, "ECONNREFUSED");
});

t.test("Linux connects to us, and is refused by a closed port", async (t) => {
  const peer = await withLinux(t, 0, "client");
  if (peer === undefined) return;
  peer.tcp.listen({
    address: 0,
    port: 7,
    onConnection(connection) {
      connection.handler = {
        ...NULL_HANDLER,
        onData: (other, offset, length) => other.sendPacketMemory(offset, length),
        onSpace: (other) => other.resume(),
        onEnd: (other) => other.shutdown(),
      };
    },
  });
  t.equal((await peer.event("echoed")).same, true);
  t.equal((await peer.event("refused")).name, "ConnectionRefusedError");
});
