import t from "tap";
import { createSimulation } from "../../../host-adapters/sim/mod.ts";
import { BootTrace, kindOfFrame, renderStamps } from "./boot-trace.ts";

/** Ethernet, IPv4 without options, then the transport's header and data. */
function frame(protocol: number, transport: readonly number[], ethertype = 0x0800): Uint8Array {
  const total = 20 + transport.length;
  const header = [0x45, 0, total >> 8, total & 255, 0, 0, 0, 0, 64, protocol, 0, 0];
  const ethernet = [...new Array<number>(12).fill(0), ethertype >> 8, ethertype & 255];
  return Uint8Array.from([...ethernet, ...header, ...new Array<number>(8).fill(0), ...transport]);
}

function tcp(flags: number, data: readonly number[] = []): Uint8Array {
  return frame(6, [0, 80, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0, ...data]);
}

function udp(source: number, destination: number, data: readonly number[]): Uint8Array {
  const ports = [source >> 8, source & 255, destination >> 8, destination & 255];
  return frame(17, [...ports, 0, 8 + data.length, 0, 0, ...data]);
}

t.test("a frame is a SYN, data, or neither", async (t) => {
  t.equal(kindOfFrame(tcp(0x02), 0, true), "connects");
  t.equal(kindOfFrame(tcp(0x12), 0, true), "other", "SYN with ACK");
  t.equal(kindOfFrame(tcp(0x10), 0, false), "other", "an acknowledgement alone");
  t.equal(kindOfFrame(tcp(0x18, [1]), 0, false), "data");
  t.equal(kindOfFrame(udp(4000, 5000, [1]), 0, true), "data");
  t.equal(kindOfFrame(udp(67, 68, [1]), 0, true), "other", "what a DHCP server tells");
  t.equal(kindOfFrame(udp(4000, 53, [1]), 0, false), "other", "what we ask a name server");
  t.equal(kindOfFrame(udp(4000, 53, [1]), 0, true), "data", "what a client asks us");
  t.equal(kindOfFrame(udp(53, 4000, [1]), 0, false), "data", "what we answer");
  t.equal(kindOfFrame(frame(6, [], 0x0806), 0, true), "other", "ARP");
});

t.test("the table has the kernel's stamps, then ours, counted from switching on", async (t) => {
  const kernel: readonly (readonly [string, number])[] = [
    ["switched on", -50_000],
    ["firmware", 0],
    ["context", 11_000],
  ];
  const native = {
    trace: {
      what: (index: number) => kernel[index]?.[0],
      us: (index: number) => kernel[index]?.[1],
    },
    clock: { nowUs: () => 30_000, wallUs: () => 0 },
  };
  const lines: string[] = [];
  const trace = new BootTrace(native, (line) => lines.push(line));
  trace.mark("system");
  trace.print();
  trace.print();
  t.same(lines.slice(1), [
    "boot:     50.00     50.00  firmware",
    "boot:     61.00     11.00  context",
    "boot:     80.00     19.00  system",
  ]);
  t.same(renderStamps([]).length, 1);
});

t.test("the first answer to a client ends the trace", async (t) => {
  const world = createSimulation({ seed: 1 });
  const network = world.createNetwork();
  const [hal, peer] = ["a", "b"].map((name) =>
    world.createHal({ name, memoryBytes: 65_536, net: [network] }),
  );
  const native = { trace: { what: () => undefined, us: () => undefined }, clock: hal!.clock };
  const lines: string[] = [];
  const trace = new BootTrace(native, (line) => lines.push(line));
  const [device] = trace.watch(hal!).net;
  const send = (from: typeof peer, bytes: Uint8Array, via = from!.net[0]!): void => {
    from!.memory.bytes.set(bytes, from!.memory.regionOffset);
    via.transmit({
      partCount: 1,
      partOffset: Int32Array.of(from!.memory.regionOffset),
      partLength: Int32Array.of(bytes.length),
      checksumStart: -1,
      checksumOffset: 0,
      segmentBytes: 0,
      headerBytes: 0,
    });
    via.flush();
  };
  let received = 0;
  device!.onReady(() => void device!.receive(() => received++, 16));
  send(hal, tcp(0x18, [1]), device);
  t.same(lines, [], "what is sent before anybody asked is no answer");
  const broadcast = tcp(0x02).fill(255, 0, 6);
  send(peer, broadcast);
  await world.run({ until: () => received === 1 });
  send(hal, tcp(0x12), device);
  t.same(lines, [], "neither is the handshake");
  send(hal, tcp(0x18, [1]), device);
  t.match(lines.slice(1), [/waiting for a client$/, /the first answer$/]);
});
