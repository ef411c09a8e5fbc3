import { parseMac } from "../ethernet/mod.ts";
import type { FuzzTarget } from "../testing/fuzz.ts";
import {
  OUR_MAC,
  PEER_ADDRESS,
  PEER_MAC,
  createHostileWire,
  lazy,
} from "../testing/hostile-wire.ts";
import { ethernetFrame, ipv4Packet, udpDatagram } from "../testing/packets.ts";
import { applyLease, createDhcpClient, encodeDhcp, parseDhcp } from "./mod.ts";
import type { DhcpMessage, DhcpOptions } from "./mod.ts";

const OPTIONS: DhcpOptions = {
  messageType: 2,
  subnetMask: 0xffff_ff00,
  routers: [PEER_ADDRESS],
  dnsServers: [PEER_ADDRESS, 0x0101_0101],
  hostName: "guest",
  domainName: "example.org",
  mtuBytes: 1400,
  leaseSeconds: 3600,
  serverId: PEER_ADDRESS,
  classlessRoutes: [{ network: 0x0a01_0000, prefixLength: 16, gateway: PEER_ADDRESS }],
};

function reply(options: DhcpOptions): DhcpMessage {
  return {
    op: 2,
    xid: 0,
    secs: 0,
    isBroadcast: true,
    clientAddress: 0,
    yourAddress: 0x0a00_0001,
    serverAddress: 0,
    relayAddress: 0,
    clientHardware: parseMac(OUR_MAC)!,
    options,
  };
}

const SEEDS = [
  encodeDhcp(reply(OPTIONS)),
  encodeDhcp(reply({ ...OPTIONS, messageType: 5 })),
  encodeDhcp(reply({ messageType: 6, serverId: PEER_ADDRESS, message: "no" })),
];

/** A client on a wire, and a server that answers whatever it asked last. */
const wire = lazy(() => {
  const { feed, peer, stack, world } = createHostileWire("");
  stack.arp.addStatic(PEER_ADDRESS, parseMac(PEER_MAC)!);
  const client = createDhcpClient({
    kernel: stack.kernel,
    entropy: stack.host.hal.entropy,
    udp: stack.udp,
    device: "eth0",
    hardwareAddress: stack.ethernet.address,
    onLease: (lease) => applyLease(stack.ip, stack.eth0, lease),
  });
  let xid: Uint8Array = new Uint8Array(4);
  const answer = (message: Uint8Array): void => {
    const asked = peer.receive().findLast((frame) => frame.length > 282 && frame[23] === 17);
    if (asked !== undefined) xid = asked.slice(46, 50);
    const payload = message.slice(0, 1400);
    if (payload.length >= 8) payload.set(xid, 4);
    const ours = stack.eth0.address;
    const to = ours === 0 ? 0xffff_ffff : ours;
    const datagram = udpDatagram(PEER_ADDRESS, to, 67, 68, payload);
    const packet = ipv4Packet({ source: PEER_ADDRESS, destination: to, protocol: 17 }, datagram);
    feed(ethernetFrame(ours === 0 ? "ff:ff:ff:ff:ff:ff" : OUR_MAC, PEER_MAC, 0x0800, packet));
  };
  return { answer, client, world };
});

export const fuzz: FuzzTarget[] = [
  {
    name: "dhcp message",
    seeds: SEEDS,
    run(bytes) {
      const message = parseDhcp(bytes, 0, bytes.length);
      // What was understood can be said again, and means the same.
      if (message === undefined) return;
      const again = encodeDhcp(message);
      const meaning = JSON.stringify(parseDhcp(again, 0, again.length));
      if (meaning !== JSON.stringify(message)) throw new Error(`${meaning}`);
    },
  },
  {
    name: "dhcp client",
    seeds: SEEDS,
    run(bytes) {
      const { answer, client, world } = wire();
      client.start();
      world.runFor(1);
      // Some inputs meet a client that asks, some one that has an offer, some one that renews.
      const step = bytes.length % 3;
      if (step > 0) answer(SEEDS[0]!);
      if (step > 1) {
        answer(SEEDS[1]!);
        world.runFor(1800 * 1_000_000);
      }
      answer(bytes);
      client.stop();
    },
  },
];
