/** Fuzz targets: what the gateway does with bytes that an application sends. */
import { DNS_TYPE, encodeMessage, parseMessage, queryMessage } from "../../components/dns/mod.ts";
import { DHCP_MESSAGE, DHCP_OP, encodeDhcp, parseDhcp } from "../../components/dhcp/mod.ts";
import { createTransmitFrame, resetFrame } from "../../components/ip/mod.ts";
import type { FuzzTarget } from "../../components/testing/fuzz.ts";
import { assert } from "../../libos/kernel/mod.ts";
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

/** A TCP segment in an Ethernet frame from one system to another. */
const FRAME = Uint8Array.of(
  ...[2, 0, 0, 0, 0, 2, 2, 0, 0, 0, 0, 1, 8, 0],
  ...[0x45, 0, 0, 44, 0, 0, 0x40, 0, 64, 6, 0, 0, 10, 0, 2, 15, 10, 0, 2, 2],
  ...[0, 80, 0, 80, 0, 0, 0, 1, 0, 0, 0, 1, 0x50, 0x10, 1, 0, 0, 0, 0, 0, 1, 2, 3, 4],
);

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
  const info = { name: "hub", hardwareAddress, mtuBytes: 1500, transmitQueueFrames: 8, offloads };
  const hub = new Switch(info, slab.bytes);
  const { schedule, run } = createJobQueue();
  const devices = [1, 2].map((last) => {
    const end = { hardwareAddress: Uint8Array.of(2, 0, 0, 0, 0, last) };
    const pair = createDevicePair(slab, { schedule, offloads, a: end });
    hub.addPort(pair.b, 0x020000000000 + last);
    return pair.a;
  });
  const own = slab.region(4096);
  const frame = createTransmitFrame();
  return {
    name: "gateway switch",
    seeds: [FRAME],
    run(bytes): void {
      const length = Math.min(bytes.length, 1514);
      if (length < 14) return;
      own.copyIn(own.regionOffset + 2, bytes, 0, length);
      resetFrame(frame, own.regionOffset + 2, length);
      devices[0]!.transmit(frame);
      hub.receive(() => {}, 64);
      for (const device of devices) device.receive(() => {}, 64);
      run();
    },
  };
}

/** A whole frame into the gateway's stack: it may do anything but stop. */
function fuzzFrames(): FuzzTarget {
  const world = new TestWorld();
  const { device } = world.createApplication(false).attachment;
  const own = world.slab.region(4096);
  const frame = createTransmitFrame();
  const seed = FRAME.slice();
  seed.set(world.gateway.stack.ethernet.address === 0 ? [] : [2, 0, 10, 0, 2, 2], 0);
  return {
    name: "gateway frames",
    seeds: [seed],
    run(bytes): void {
      const length = Math.min(bytes.length, 1514);
      if (length < 14) return;
      own.copyIn(own.regionOffset + 2, bytes, 0, length);
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
