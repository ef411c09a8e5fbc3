/** Fuzz targets: what the gateway does with bytes that an application sends. */
import { DNS_TYPE, encodeMessage, parseMessage, queryMessage } from "../../components/dns/mod.ts";
import { DHCP_MESSAGE, DHCP_OP, encodeDhcp, parseDhcp } from "../../components/dhcp/mod.ts";
import { readMac } from "../../components/ethernet/mod.ts";
import { createTransmitFrame, IP_PROTOCOL, resetFrame } from "../../components/ip/mod.ts";
import { addressSum, foldSum, IPV4, writeHeader } from "../../components/ipv4/mod.ts";
import type { FuzzTarget } from "../../components/testing/fuzz.ts";
import { assert, readU16, viewOf, writeU16 } from "../../libos/kernel/mod.ts";
import { createDevicePair, createJobQueue, createPlainSlab } from "../shared/mod.ts";
import { createGatewayCounters } from "./counters.ts";
import { answerDhcp } from "./dhcp-server.ts";
import { createDnsAnswerer } from "./dns-server.ts";
import { NameService } from "./name-service.ts";
import { createGatewayNetwork } from "./network.ts";
import { Switch } from "./switch.ts";
import { FakeSockets } from "./testing/fake-sockets.ts";
import { TestWorld } from "./testing/world.ts";

const NETWORK = createGatewayNetwork();
const APP = 0x0a00020f;
const MAC = 0x02000a00020f;

const QUERIES = [
  { name: "host.libos.internal", type: DNS_TYPE.A, class: 1 },
  { name: "2.2.0.10.in-addr.arpa", type: DNS_TYPE.PTR, class: 1 },
  { name: ".", type: DNS_TYPE.NS, class: 1 },
].flatMap((question) =>
  [true, false].map((edns) => encodeMessage(queryMessage(1, question, edns))),
);

/** Every query gets one answer that can be read, or none. */
function fuzzDns(): FuzzTarget {
  const sockets = new FakeSockets();
  const names = new NameService({ sockets, network: NETWORK, maxQueries: 1_000 });
  const answer = createDnsAnswerer(names, createGatewayCounters());
  return {
    name: "gateway name server",
    seeds: QUERIES,
    run(bytes): void {
      let answers = 0;
      answer(bytes, "udp", (response) => {
        answers++;
        if (response === undefined) return;
        assert(response.length <= 4_096, `an answer of ${response.length} bytes`);
        assert(parseMessage(response)?.isResponse === true, "an answer that can't be read");
      });
      for (const question of sockets.questions.splice(0)) question.done({ status: "no-name" });
      assert(answers === 1, `${answers} answers`);
    },
  };
}

const DHCP_REQUEST = {
  op: DHCP_OP.REQUEST,
  xid: 1,
  secs: 0,
  isBroadcast: false,
  clientAddress: 0,
  yourAddress: 0,
  serverAddress: 0,
  relayAddress: 0,
  clientHardware: MAC,
};

/** Whatever is asked, nobody is given an address that is not its own. */
function fuzzDhcp(): FuzzTarget {
  const config = {
    network: NETWORK,
    mtuBytes: 1500,
    addressOf: (hardware: number) => (hardware === MAC ? APP : undefined),
  };
  return {
    name: "gateway DHCP server",
    seeds: [
      encodeDhcp({ ...DHCP_REQUEST, options: { messageType: DHCP_MESSAGE.DISCOVER } }),
      encodeDhcp({
        ...DHCP_REQUEST,
        options: { messageType: DHCP_MESSAGE.REQUEST, requestedAddress: APP },
      }),
    ],
    run(bytes): void {
      const request = parseDhcp(bytes, 0, bytes.length);
      const answer = request === undefined ? "refused" : answerDhcp(config, request);
      if (typeof answer === "string") return;
      const isOwn = answer.yourAddress === 0 || answer.yourAddress === APP;
      assert(isOwn, `the address ${answer.yourAddress}`);
      const wire = encodeDhcp(answer);
      assert(parseDhcp(wire, 0, wire.length) !== undefined, "an answer that can't be read");
    },
  };
}

const APP_MAC = [2, 0, 10, 0, 2, 15] as const;
const GATEWAY_MAC = [2, 0, 10, 0, 2, 2] as const;
const ETHERNET_BYTES = 14;

/** A packet from the application to the gateway, in its frame. */
function frameOf(protocol: number, destination: number, payload: readonly number[]): Uint8Array {
  const packet = new Uint8Array(IPV4.HEADER_BYTES + payload.length);
  const sum = addressSum(APP, destination);
  writeHeader(viewOf(packet), 0, 0, packet.length, 0, 0, 64, protocol, APP, destination, sum);
  packet.set(payload, IPV4.HEADER_BYTES);
  return Uint8Array.of(...GATEWAY_MAC, ...APP_MAC, 8, 0, ...packet);
}

const SYN = [0x30, 0x39, 0, 80, 0, 0, 0, 1, 0, 0, 0, 0, 0x60, 2, 1, 0, 0, 0, 0, 0, 2, 4, 5, 0xb4];
const FRAMES = [
  frameOf(IP_PROTOCOL.TCP, NETWORK.gateway, SYN),
  frameOf(IP_PROTOCOL.TCP, 0xc0000201, SYN),
  ...QUERIES.map((query) =>
    frameOf(IP_PROTOCOL.UDP, NETWORK.nameServer, [
      ...[0x30, 0x39, 0, 53, 0, query.length + 8, 0, 0],
      ...query,
    ]),
  ),
  frameOf(IP_PROTOCOL.UDP, 0xc0000201, [0x30, 0x39, 0, 7, 0, 10, 0, 0, 1, 2]),
  frameOf(IP_PROTOCOL.ICMP, NETWORK.gateway, [8, 0, 0xf7, 0xff, 0, 0, 0, 0]),
];

/** Sums the IP header anew, so that what was changed behind it is looked at. */
function mendHeader(bytes: Uint8Array, offset: number, length: number): void {
  if (length < ETHERNET_BYTES + IPV4.HEADER_BYTES) return;
  const at = offset + ETHERNET_BYTES;
  const headerBytes = (bytes[at]! & 15) * 4;
  if (headerBytes < IPV4.HEADER_BYTES || length < ETHERNET_BYTES + headerBytes) return;
  writeU16(bytes, at + IPV4.CHECKSUM, 0);
  let sum = 0;
  for (let index = 0; index < headerBytes; index += 2) sum += readU16(bytes, at + index);
  writeU16(bytes, at + IPV4.CHECKSUM, ~foldSum(sum));
}

/** A frame of any content between two systems: the switch believes nothing in it. */
function fuzzSwitch(): FuzzTarget {
  const slab = createPlainSlab(2 ** 23);
  const offloads = {
    transmitChecksum: true,
    tcp4SegmentationBytes: 65_535,
    receiveChecksum: true,
    largeReceiveBytes: 65_535,
  };
  const hardwareAddress = Uint8Array.of(2, 0, 0, 0, 0, 9);
  const appMac = readMac(Uint8Array.from(APP_MAC), 0);
  const info = { name: "hub", hardwareAddress, mtuBytes: 1500, transmitQueueFrames: 8, offloads };
  const hub = new Switch(info, slab.bytes);
  const jobs = createJobQueue();
  const gatewayMac = readMac(Uint8Array.from(GATEWAY_MAC), 0);
  const devices = [appMac, gatewayMac].map((mac, index) => {
    const end = { hardwareAddress: Uint8Array.from(index === 0 ? APP_MAC : GATEWAY_MAC) };
    const pair = createDevicePair(slab, { schedule: jobs.schedule, offloads, a: end });
    hub.addPort(pair.b, mac);
    return pair.a;
  });
  const own = slab.region(4096);
  const frame = createTransmitFrame();
  return {
    name: "gateway switch",
    seeds: FRAMES,
    run(bytes): void {
      const length = Math.min(bytes.length, 1514);
      if (length < ETHERNET_BYTES) return;
      own.copyIn(own.regionOffset + 2, bytes, 0, length);
      resetFrame(frame, own.regionOffset + 2, length);
      devices[0]!.transmit(frame);
      hub.receive(() => {}, 64);
      for (const device of devices) device.receive(() => {}, 64);
      jobs.run();
    },
  };
}

/** A whole frame into the gateway's stack: it may do anything but stop. */
function fuzzFrames(): FuzzTarget {
  const world = new TestWorld();
  const { device } = world.createApplication(false).attachment;
  const own = world.slab.region(4096);
  const frame = createTransmitFrame();
  return {
    name: "gateway frames",
    seeds: FRAMES,
    run(bytes): void {
      const length = Math.min(bytes.length, 1514);
      if (length < ETHERNET_BYTES) return;
      own.copyIn(own.regionOffset + 2, bytes, 0, length);
      mendHeader(own.bytes, own.regionOffset + 2, length);
      resetFrame(frame, own.regionOffset + 2, length);
      device.transmit(frame);
      device.flush();
      world.run();
      for (const socket of world.sockets.tcp.splice(0)) socket.close("ECONNREFUSED");
      for (const question of world.sockets.questions.splice(0)) question.done({ status: "failed" });
      world.sockets.udp.length = 0;
      world.advance(1_000);
    },
  };
}

export const fuzz: readonly FuzzTarget[] = [fuzzDns(), fuzzDhcp(), fuzzSwitch(), fuzzFrames()];
