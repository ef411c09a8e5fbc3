import t from "tap";
import { formatIpv4, parseIpv4 } from "../ipv4/mod.ts";
import { createStack } from "../testing/stack.ts";
import { createTestWorld } from "../testing/world.ts";
import type { UdpSocket } from "../udp/mod.ts";
import type { DhcpLease, DhcpMessage, DhcpOptions } from "./mod.ts";
import {
  DHCP_LIMITS,
  DHCP_MESSAGE,
  applyLease,
  createDhcpClient,
  encodeDhcp,
  parseDhcp,
} from "./mod.ts";

const SECOND_US = 1_000_000;
const SERVER = parseIpv4("10.0.2.2")!;
const OFFERED = parseIpv4("10.0.2.15")!;
const NAMES = Object.fromEntries(Object.entries(DHCP_MESSAGE).map(([name, type]) => [type, name]));

/** What the server of a test answers to a message; undefined: nothing. */
type Answer = (message: DhcpMessage) => Partial<DhcpMessage> | undefined;

const GOOD: DhcpOptions = {
  messageType: DHCP_MESSAGE.OFFER,
  subnetMask: parseIpv4("255.255.255.0")!,
  routers: [SERVER],
  dnsServers: [SERVER + 1],
  mtuBytes: 1400,
  leaseSeconds: 3600,
  serverId: SERVER,
};

function grant(message: DhcpMessage, options: Partial<DhcpOptions> = {}): Partial<DhcpMessage> {
  const messageType =
    message.options.messageType === DHCP_MESSAGE.DISCOVER ? DHCP_MESSAGE.OFFER : DHCP_MESSAGE.ACK;
  return { yourAddress: OFFERED, options: { ...GOOD, ...options, messageType } };
}

function setUp(more: { isChecking?: boolean; cidr?: string } = {}) {
  const world = createTestWorld();
  const cable = world.cable();
  const us = createStack(world.host("us"), cable.a, "");
  const server = createStack(world.host("server"), cable.b, more.cidr ?? "10.0.2.2/24");
  const state = { answer: ((message) => grant(message)) as Answer };
  const heard: string[] = [];
  const messages: DhcpMessage[] = [];
  const socket = server.udp.bind({
    address: 0,
    port: 67,
    handler: {
      onDatagram(_socket, offset, length, from) {
        const message = parseDhcp(server.kernel.memory.packet.bytes, offset, length)!;
        messages.push(message);
        heard.push(`${NAMES[message.options.messageType]} ${formatIpv4(from)}`);
        const answer = state.answer(message);
        if (answer === undefined) return;
        const bytes = encodeDhcp({
          ...message,
          op: 2,
          clientAddress: 0,
          options: GOOD,
          ...answer,
        });
        const to = message.clientAddress === 0 ? 0xffff_ffff : message.clientAddress;
        socket.send(bytes, 0, bytes.length, to, 68);
      },
    },
  }) as UdpSocket;
  socket.setBroadcast(true);
  const leases: (DhcpLease | undefined)[] = [];
  const client = createDhcpClient({
    kernel: us.kernel,
    entropy: us.host.hal.entropy,
    udp: us.udp,
    device: "eth0",
    hardwareAddress: us.ethernet.address,
    hostName: "us",
    ...(more.isChecking === true ? { conflictCheck: { arp: us.arp } } : {}),
    onLease: (lease) => {
      leases.push(lease);
      applyLease(us.ip, us.eth0, lease);
    },
  });
  return { world, us, server, client, leases, heard, messages, state, socket };
}

t.test("a client gets a lease, and its interface address, routes and MTU", async (t) => {
  const { client, heard, leases, messages, us, world } = setUp();
  client.start();
  world.runFor(SECOND_US);
  t.equal(client.state, "bound");
  t.same(heard, ["DISCOVER 0.0.0.0", "REQUEST 0.0.0.0"]);
  t.match(leases, [
    { address: OFFERED, prefixLength: 24, dnsServers: [SERVER + 1], server: SERVER },
  ]);
  t.equal(us.eth0.mtuBytes, 1400);
  t.same(
    us.ip.routes.map(
      (route) => `${formatIpv4(route.network)}/${route.prefixLength} ${formatIpv4(route.gateway)}`,
    ),
    ["10.0.2.0/24 0.0.0.0", "127.0.0.0/8 0.0.0.0", "0.0.0.0/0 10.0.2.2"],
  );
  t.match(messages[0], { isBroadcast: true, options: { hostName: "us", maxMessageBytes: 1500 } });
  const asked = messages[0]!.options.parameterList!;
  t.ok(asked.indexOf(121) < asked.indexOf(3), "classless routes before routers (RFC 3442)");
  t.match(messages[1], { options: { requestedAddress: OFFERED, serverId: SERVER } });
  const results: string[] = [];
  us.icmp.ping({ address: SERVER }, (result) => results.push(result.kind));
  world.runFor(SECOND_US);
  t.same(results, ["reply"]);
});

t.test("classless routes replace routers (RFC 3442)", async (t) => {
  const { client, state, us, world } = setUp();
  const classlessRoutes = [{ network: 0x0b00_0000, prefixLength: 8, gateway: SERVER + 7 }];
  state.answer = (message) => grant(message, { classlessRoutes });
  client.start();
  world.runFor(SECOND_US);
  t.ok(us.ip.routes.some((route) => route.gateway === SERVER + 7 && route.prefixLength === 8));
  t.notOk(us.ip.routes.some((route) => route.gateway === SERVER));
});

t.test("without an answer DISCOVER is repeated with a doubling wait and jitter", async (t) => {
  const { client, heard, state, world } = setUp();
  state.answer = () => undefined;
  client.start();
  const times: number[] = [];
  let seen = 0;
  while (world.nowUs < 300 * SECOND_US) {
    world.runFor(SECOND_US / 10);
    for (; seen < heard.length; seen++) times.push(world.nowUs);
  }
  const waits = times.slice(1).map((time, index) => (time - times[index]!) / SECOND_US);
  [4, 8, 16, 32, 64, 64].forEach((wait, index) => {
    t.ok(Math.abs(waits[index]! - wait) <= 1.2, `${waits[index]} is about ${wait}`);
  });
});

t.test("a REQUEST that nobody answers is repeated, then all begins anew", async (t) => {
  const { client, heard, messages, state, world } = setUp();
  state.answer = (message) =>
    message.options.messageType === DHCP_MESSAGE.DISCOVER ? grant(message) : undefined;
  client.start();
  world.runFor(140 * SECOND_US);
  t.same(
    heard.slice(0, 7).map((one) => one.split(" ")[0]),
    ["DISCOVER", "REQUEST", "REQUEST", "REQUEST", "REQUEST", "REQUEST", "DISCOVER"],
  );
  t.not(messages[6]!.xid, messages[0]!.xid, "with a new transaction");
});

t.test("at half of the time the server is asked by unicast, and the lease goes on", async (t) => {
  const { client, heard, leases, messages, world } = setUp();
  client.start();
  world.runFor(SECOND_US);
  world.runFor(1800 * SECOND_US);
  t.same(heard.slice(2), ["REQUEST 10.0.2.15"]);
  t.match(messages[2], { clientAddress: OFFERED, isBroadcast: false });
  t.equal(messages[2]!.options.serverId, undefined, "RFC 2131 4.3.2");
  t.equal(messages[2]!.options.requestedAddress, undefined);
  t.equal(client.state, "bound");
  t.equal(leases.length, 2);
  t.ok(leases[1]!.expiresUs > leases[0]!.expiresUs);
});

t.test("when its server is silent, everybody is asked; then the lease ends", async (t) => {
  const { client, heard, leases, messages, state, us, world } = setUp();
  client.start();
  world.runFor(SECOND_US);
  state.answer = () => undefined;
  world.runFor(3148 * SECOND_US);
  t.equal(client.state, "renewing");
  const renewals = heard.length;
  t.ok(renewals > 4, "repeated at half of what is left");
  world.runFor(2 * SECOND_US);
  t.equal(client.state, "rebinding");
  t.equal(messages.at(-1)!.clientAddress, OFFERED);
  t.equal(us.eth0.address, OFFERED, "still ours");
  world.runFor(460 * SECOND_US);
  t.equal(client.state, "selecting");
  t.equal(leases.at(-1), undefined);
  t.equal(us.eth0.address, 0);
});

t.test("any server may answer while rebinding, but only ours before", async (t) => {
  const { client, leases, state, world } = setUp();
  client.start();
  world.runFor(SECOND_US);
  state.answer = (message) => grant(message, { serverId: SERVER + 50 });
  world.runFor(1900 * SECOND_US);
  t.equal(client.state, "renewing");
  world.runFor(1300 * SECOND_US);
  t.equal(client.state, "bound");
  t.equal(leases.at(-1)!.server, SERVER + 50);
});

t.test("a refusal takes the lease away and begins anew", async (t) => {
  const { client, leases, state, world } = setUp();
  client.start();
  world.runFor(SECOND_US);
  let refusals = 0;
  state.answer = (message) => {
    if (message.clientAddress === 0) return grant(message, { leaseSeconds: 7200 });
    refusals++;
    return { options: { messageType: DHCP_MESSAGE.NAK, serverId: SERVER } };
  };
  world.runFor(1800 * SECOND_US);
  world.runFor(5 * SECOND_US);
  t.equal(refusals, 1);
  t.equal(client.counters.refusals, 1);
  t.same(
    leases.map((lease) => lease && lease.expiresUs > 5000 * SECOND_US),
    [false, undefined, true],
  );
});

t.test(
  "an address that somebody has is declined, and asked for again after ten seconds",
  async (t) => {
    const { client, heard, leases, server, state, world } = setUp({ isChecking: true });
    server.ip.configure(server.eth0, { address: SERVER, prefixLength: 24, aliases: [OFFERED] });
    client.start();
    world.runFor(10 * SECOND_US);
    t.same(
      heard.map((one) => one.split(" ")[0]),
      ["DISCOVER", "REQUEST", "DECLINE"],
    );
    t.same(leases, []);
    state.answer = (message) => ({ ...grant(message), yourAddress: OFFERED + 1 });
    world.runFor(20 * SECOND_US);
    t.equal(client.state, "bound");
    t.equal(leases[0]!.address, OFFERED + 1);
    t.equal(client.counters.conflicts, 1);
  },
);

t.test("a free address is announced once it is ours", async (t) => {
  const { client, us, world } = setUp({ isChecking: true });
  client.start();
  world.runFor(SECOND_US / 2);
  t.equal(client.state, "checking");
  world.runFor(20 * SECOND_US);
  t.equal(client.state, "bound");
  t.equal(us.arp.counters.requestsSent, 3 + 2, "probes and announcements");
});

t.test("answers for others, of no server, or without a lease are ignored", async (t) => {
  const { client, state, world } = setUp();
  const wrong: Answer[] = [
    (message) => ({ ...grant(message), xid: message.xid + 1 }),
    (message) => ({ ...grant(message), clientHardware: 1 }),
    (message) => ({ ...grant(message), op: 1 }),
    (message) => ({ ...grant(message), yourAddress: 0xffff_ffff }),
    (message) => grant(message, { leaseSeconds: 0 }),
    (message) => grant(message, { subnetMask: 0xff00_ff00 }),
    () => ({
      yourAddress: OFFERED,
      options: { messageType: DHCP_MESSAGE.OFFER, leaseSeconds: 60 },
    }),
    () => ({ yourAddress: OFFERED, options: { ...GOOD, messageType: DHCP_MESSAGE.ACK } }),
  ];
  state.answer = (message) => wrong.shift()!(message);
  client.start();
  world.runFor(200 * SECOND_US);
  t.equal(client.state, "selecting");
  t.ok(client.counters.ignored >= 6);
});

t.test("contradictory times and MTUs are replaced by sensible ones", async (t) => {
  const { client, leases, state, us, world } = setUp();
  state.answer = (message) =>
    grant(message, { renewalSeconds: 5000, rebindingSeconds: 10, mtuBytes: 68 });
  client.start();
  world.runFor(SECOND_US);
  t.match(leases[0], {
    renewUs: 1800 * SECOND_US,
    rebindUs: 3150 * SECOND_US,
    mtuBytes: undefined,
  });
  t.equal(us.eth0.mtuBytes, 1500);
});

t.test("a lease for ever is never renewed", async (t) => {
  const { client, heard, state, world } = setUp();
  state.answer = (message) => grant(message, { leaseSeconds: 0xffff_ffff });
  client.start();
  world.runFor(1e6 * SECOND_US);
  t.equal(heard.length, 2);
  t.equal(client.lease!.expiresUs, Infinity);
});

t.test("stop gives the lease back", async (t) => {
  const { client, heard, leases, us, world } = setUp();
  client.start();
  world.runFor(SECOND_US);
  client.stop();
  client.stop();
  world.runFor(SECOND_US);
  t.same(heard.slice(2), ["RELEASE 10.0.2.15"]);
  t.equal(leases.at(-1), undefined);
  t.equal(us.eth0.address, 0);
  t.equal(client.state, "stopped");
  client.start();
  world.runFor(SECOND_US);
  t.equal(client.state, "bound", "and it can begin again");
});

t.test("a taken port is an error that names it", async (t) => {
  const { client, us } = setUp();
  us.udp.bind({ address: 0, port: 68, handler: { onDatagram: () => {} } });
  t.throws(() => client.start(), /DHCP on eth0: port 68: EADDRINUSE/);
  t.ok(DHCP_LIMITS);
});
