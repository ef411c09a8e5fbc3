import { writeU32 } from "../../libos/kernel/mod.ts";
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

/** A client that always asks, and the transaction that it asks in. */
const wire = lazy(() => {
  const made = createHostileWire("");
  const { stack } = made;
  const client = createDhcpClient({
    kernel: stack.kernel,
    entropy: stack.host.hal.entropy,
    udp: stack.udp,
    device: "eth0",
    hardwareAddress: stack.ethernet.address,
    onLease: (lease) => applyLease(stack.ip, stack.eth0, lease),
  });
  client.start();
  return { ...made, client };
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
      const { client, feed, peer, stack, world } = wire();
      if (client.state === "stopped") client.start();
      const payload = bytes.slice(0, 1400);
      // The last message of the client says which transaction an answer must be for.
      world.runFor(5_000_000);
      const asked = peer.receive().at(-1);
      if (asked !== undefined && payload.length >= 8) payload.set(asked.subarray(46, 50), 4);
      else if (payload.length >= 8) writeU32(payload, 4, 0);
      const to = stack.eth0.address === 0 ? 0xffff_ffff : stack.eth0.address;
      const datagram = udpDatagram(PEER_ADDRESS, to, 67, 68, payload);
      const fields = { source: PEER_ADDRESS, destination: to, protocol: 17 };
      const mac = stack.eth0.address === 0 ? "ff:ff:ff:ff:ff:ff" : OUR_MAC;
      feed(ethernetFrame(mac, PEER_MAC, 0x0800, ipv4Packet(fields, datagram)));
      // Each input finds a client that asks for its first lease.
      client.stop();
    },
  },
];
