import t from "tap";
import { SEND } from "../ip/mod.ts";
import { parseIpv4 } from "../ipv4/mod.ts";
import {
  OUR_ADDRESS,
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
} from "../testing/hostile-wire.ts";
import { ethernetFrame, ipv4Packet, join, u16, udpDatagram } from "../testing/packets.ts";
import { A, B, createTwoHosts } from "../testing/two-hosts.ts";
import { UDP_LIMITS, createUdp } from "./mod.ts";

const CHECKSUM_OFFLOAD = { transmitChecksum: true, receiveChecksum: false };

t.test("a datagram arrives with its sender's address and port", async (t) => {
  const { a, b, listen, world } = createTwoHosts();
  const server = listen(b, 7);
  const client = listen(a, 5000);
  client.send("hello", B, 7);
  client.send("", B, 7);
  world.runFor(1000);
  t.same(server.received, [
    { text: "hello", from: A, port: 5000, to: B },
    { text: "", from: A, port: 5000, to: B },
  ]);
  t.equal(a.udp.counters.datagramsSent, 2);
});

t.test(
  "every length up to the largest arrives whole, with the device's checksum and ours",
  async (t) => {
    for (const offloads of [{}, CHECKSUM_OFFLOAD]) {
      const { a, b, listen, world } = createTwoHosts({ offloads });
      const server = listen(b, 7);
      const client = listen(a, 0);
      const texts = [1, 2, 1471, 1472, 1473, 2960, 9000, 65_507].map((length) =>
        "x".repeat(length),
      );
      for (const text of texts) {
        client.send(text, B, 7);
        world.runFor(1000);
      }
      t.same(
        server.received.map((one) => one.text.length),
        texts.map((text) => text.length),
      );
      t.equal(b.udp.counters.badChecksums, 0);
      t.equal(client.socket.send(new Uint8Array(65_508), 0, 65_508, B, 7), SEND.TOO_BIG);
    }
  },
);

t.test("what is sent has the checksum that RFC 768 asks for", async (t) => {
  const { peer, stack, world } = createHostileWire();
  stack.arp.addStatic(PEER_ADDRESS, 0x0200_0000_0002);
  const data = Uint8Array.of(1, 2, 3);
  stack.udp.sendFrom(OUR_ADDRESS, 7, PEER_ADDRESS, 9, data, 0, 3);
  world.runFor(0);
  const [frame] = peer.receive();
  t.same(frame!.subarray(34, 45), udpDatagram(OUR_ADDRESS, PEER_ADDRESS, 7, 9, data));
});

t.test("a checksum of zero is sent as all ones (RFC 768)", async (t) => {
  const { peer, stack, world } = createHostileWire();
  stack.arp.addStatic(PEER_ADDRESS, 0x0200_0000_0002);
  let data = Uint8Array.of(0, 0);
  for (let value = 0; value < 0x10000; value++) {
    data = Uint8Array.from(u16(value));
    const checksum = udpDatagram(OUR_ADDRESS, PEER_ADDRESS, 7, 9, data).subarray(6, 8);
    if (checksum[0] === 255 && checksum[1] === 255) break;
  }
  stack.udp.sendFrom(OUR_ADDRESS, 7, PEER_ADDRESS, 9, data, 0, 2);
  world.runFor(0);
  t.same([...peer.receive()[0]!.subarray(40, 42)], [255, 255]);
});

t.test("lengths and checksums that lie are counted; no checksum is none", async (t) => {
  const { peer, stack, world } = createHostileWire();
  const received: number[] = [];
  stack.udp.bind({
    address: 0,
    port: 7,
    handler: { onDatagram: (_socket, _offset, length) => received.push(length) },
  });
  const feed = (datagram: Uint8Array) => {
    const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 17 };
    peer.send(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, ipv4Packet(fields, datagram)));
    world.runFor(0);
  };
  const right = udpDatagram(PEER_ADDRESS, OUR_ADDRESS, 9, 7, [1, 2, 3]);
  const changed = (at: number, ...values: number[]) => {
    const copy = right.slice();
    copy.set(values, at);
    return copy;
  };
  feed(right);
  feed(join(right, [9, 9]));
  feed(changed(6, 0, 0));
  t.same(received, [3, 3, 3], "also with more bytes behind, and without a checksum");
  feed(changed(10, 77));
  t.equal(stack.udp.counters.badChecksums, 1);
  feed(right.subarray(0, 7));
  feed(changed(4, 0, 7));
  feed(changed(4, 0, 12));
  t.equal(stack.udp.counters.badDatagrams, 3);
  t.equal(received.length, 3);
});

t.test("a port is bound once, unless both sides share it", async (t) => {
  const { a, listen } = createTwoHosts();
  const handler = { onDatagram: () => {} };
  listen(a, 7);
  t.equal(a.udp.bind({ address: 0, port: 7, handler }), "EADDRINUSE");
  t.equal(a.udp.bind({ address: A, port: 7, handler, reuse: true }), "EADDRINUSE");
  t.equal(a.udp.bind({ address: B, port: 8, handler }), "EADDRNOTAVAIL");
  t.type(a.udp.bind({ address: A, port: 8, handler }), "object");
  t.type(a.udp.bind({ address: 0x7f00_0001, port: 8, handler }), "object", "another address");
  listen(a, 9, { reuse: true });
  t.type(a.udp.bind({ address: 0, port: 9, handler, reuse: true }), "object");
});

t.test("a datagram goes to the socket that is bound most exactly, and last", async (t) => {
  const { a, b, listen, world } = createTwoHosts();
  const any = listen(b, 7, { reuse: true });
  const exact = listen(b, 7, { address: B, reuse: true });
  const client = listen(a, 0);
  client.send("one", B, 7);
  world.runFor(1000);
  const last = listen(b, 7, { address: B, reuse: true });
  client.send("two", B, 7);
  world.runFor(1000);
  t.same(
    [any, exact, last].map(({ received }) => received.map((one) => one.text)),
    [[], ["one"], ["two"]],
  );
});

t.test("a broadcast needs permission and reaches every socket of its port", async (t) => {
  const { a, b, listen, world } = createTwoHosts();
  const one = listen(b, 7, { reuse: true });
  const two = listen(b, 7, { reuse: true });
  const client = listen(a, 0);
  const data = Uint8Array.of(33);
  t.equal(client.socket.send(data, 0, 1, 0xffff_ffff, 7), SEND.DENIED);
  client.socket.setBroadcast(true);
  client.send("!", 0xffff_ffff, 7);
  client.send("?", parseIpv4("10.0.0.255")!, 7);
  world.runFor(1000);
  for (const { received } of [one, two]) {
    t.same(
      received.map((datagram) => datagram.text),
      ["!", "?"],
    );
  }
});

t.test("ephemeral ports are free, in their range and not in a row (RFC 6056)", async (t) => {
  const { a, listen } = createTwoHosts();
  const ports = Array.from({ length: 100 }, () => listen(a, 0).socket.localPort);
  t.equal(new Set(ports).size, 100);
  t.ok(
    ports.every((port) => port >= UDP_LIMITS.ephemeralFirst && port <= UDP_LIMITS.ephemeralLast),
  );
  const steps = ports.slice(1).map((port, index) => port - ports[index]!);
  t.ok(new Set(steps).size > 50);
});

t.test("ports run out with an error, and come back", async (t) => {
  const { a } = createTwoHosts();
  const { kernel, host } = a;
  const network = Object.assign(Object.create(a.ip), { register: () => {} });
  const limits = { ...UDP_LIMITS, ephemeralFirst: 50_000, ephemeralLast: 50_001 };
  const udp = createUdp({ kernel, network, entropy: host.hal.entropy }, limits);
  const handler = { onDatagram: () => {} };
  const bind = () => udp.bind({ address: 0, port: 0, handler });
  const first = bind();
  bind();
  t.equal(bind(), "EADDRINUSE");
  if (typeof first === "object") first.close();
  t.type(bind(), "object");
});

t.test("a datagram to a port of nobody makes the sender's socket unreachable", async (t) => {
  const { a, listen, world } = createTwoHosts();
  const client = listen(a, 5000);
  client.send("?", B, 4711);
  world.runFor(1000);
  t.same(client.unreachable, ["10.0.0.2:4711"]);
});

t.test("the forwarder gets what nobody is bound for, and answers in any name", async (t) => {
  const { a, b, listen, world } = createTwoHosts({}, { promiscuous: true });
  const far = parseIpv4("192.0.2.1")!;
  a.ip.addRoute({ network: 0, prefixLength: 0, gateway: B, interface: a.eth0 });
  const seen: unknown[] = [];
  b.udp.setForwarder({
    onDatagram(_offset, length, remoteAddress, remotePort, localAddress, localPort) {
      seen.push([length, remoteAddress, remotePort, localAddress, localPort]);
      const answer = Uint8Array.of(65);
      b.udp.sendFrom(localAddress, localPort, remoteAddress, remotePort, answer, 0, 1);
    },
  });
  const client = listen(a, 5000);
  client.send("hello", far, 53);
  world.runFor(1000);
  t.same(seen, [[5, A, 5000, far, 53]]);
  t.same(client.received, [{ text: "A", from: far, port: 53, to: A }]);
});

t.test("a full device answers FULL and the socket hears of room", async (t) => {
  const { a, listen, tap, world } = createTwoHosts();
  a.arp.addStatic(B, 0x0200_0000_0002);
  const client = listen(a, 0);
  tap.isFull = true;
  t.equal(client.socket.send(Uint8Array.of(1), 0, 1, B, 7), SEND.FULL);
  tap.isFull = false;
  world.runFor(5000);
  t.equal(client.spaces, 1);
  client.send("x", B, 7);
});

t.test("a payload that the device still reads is not overwritten", async (t) => {
  const { a, listen, tap } = createTwoHosts();
  a.arp.addStatic(B, 0x0200_0000_0002);
  const client = listen(a, 0);
  tap.holdTransmitted = true;
  const { bytes } = a.kernel.memory.packet;
  const parts: { offset: number; text: string }[] = [];
  const transmit = tap.transmit.bind(tap);
  tap.transmit = (frame) => {
    const offset = frame.partOffset[1]!;
    const text = String.fromCharCode(...bytes.subarray(offset, offset + frame.partLength[1]!));
    parts.push({ offset, text });
    return transmit(frame);
  };
  let sent = 0;
  while (sent < 1000) {
    const data = new TextEncoder().encode(`datagram ${sent}`.padEnd(1000, "."));
    if (client.socket.send(data, 0, data.length, B, 7) !== SEND.OK) break;
    sent++;
  }
  t.ok(sent > 100 && sent < 1000, `${sent} fit the memory`);
  for (const { offset, text } of parts) {
    t.equal(String.fromCharCode(...bytes.subarray(offset, offset + text.length)), text);
  }
});

t.test("time to live is the socket's own", async (t) => {
  const { a, listen, tap } = createTwoHosts();
  a.arp.addStatic(B, 0x0200_0000_0002);
  const client = listen(a, 0);
  client.send("x", B, 7);
  client.socket.setTtl(3);
  client.send("x", B, 7);
  t.same(
    tap.frames.map((frame) => frame[22]),
    [64, 3],
  );
});

t.test("a closed socket sends and gets nothing, and its port is free", async (t) => {
  const { a, b, listen, world } = createTwoHosts();
  const server = listen(b, 7);
  server.socket.close();
  server.socket.close();
  const client = listen(a, 0);
  client.send("x", B, 7);
  world.runFor(1000);
  t.same(server.received, []);
  t.equal(server.socket.send(Uint8Array.of(1), 0, 1, A, 7), SEND.NO_ROUTE);
  listen(b, 7);
});

t.test("a path that is too small for a datagram is learned from ICMP", async (t) => {
  const { peer, stack, world } = createHostileWire();
  stack.arp.addStatic(PEER_ADDRESS, 0x0200_0000_0002);
  const handler = { onDatagram: () => {} };
  const socket = stack.udp.bind({ address: 0, port: 7, handler });
  const { icmpMessage } = await import("../testing/packets.ts");
  const quote = (port: number) =>
    ipv4Packet(
      { source: OUR_ADDRESS, destination: PEER_ADDRESS, protocol: 17 },
      udpDatagram(OUR_ADDRESS, PEER_ADDRESS, port, 9, [1]),
    );
  const report = (port: number) => {
    const message = icmpMessage(3, 4, 1000, quote(port));
    const fields = { source: PEER_ADDRESS, destination: OUR_ADDRESS, protocol: 1 };
    peer.send(ethernetFrame(OUR_MAC, PEER_MAC, 0x0800, ipv4Packet(fields, message)));
    world.runFor(0);
  };
  report(8);
  t.equal(stack.ip.route(PEER_ADDRESS, 0)!.mtuBytes, 1500, "nobody has sent that");
  report(7);
  t.equal(stack.ip.route(PEER_ADDRESS, 0)!.mtuBytes, 1000);
  t.type(socket, "object");
});

t.test("a socket bound to a device hears only that device", async (t) => {
  const { b, a, listen, world } = createTwoHosts();
  const onEth0 = listen(b, 7, { device: "eth0" });
  const onLo = listen(b, 7, { device: "lo" });
  const client = listen(a, 0);
  client.send("wire", B, 7);
  const own = listen(b, 0);
  own.send("self", B, 7);
  world.runFor(1000);
  t.same(
    onEth0.received.map((one) => one.text),
    ["wire"],
  );
  t.same(
    onLo.received.map((one) => one.text),
    ["self"],
  );
});
