/** Frames of our stack, judged by tshark. */
import t from "tap";
import { applyLease, createDhcpClient, encodeDhcp, parseDhcp } from "../../components/dhcp/mod.ts";
import { DNS_TYPE } from "../../components/dns/mod.ts";
import { createDnsWorld } from "../../components/dns/testing/dns-world.ts";
import { createStack } from "../../components/testing/stack.ts";
import type { TwoHosts } from "../../components/testing/two-hosts.ts";
import { A, B, createTwoHosts } from "../../components/testing/two-hosts.ts";
import { createWireTap } from "../../components/testing/wire-tap.ts";
import { createTestWorld } from "../../components/testing/world.ts";
import type { UdpSocket } from "../../components/udp/mod.ts";
import { Capture, hasTshark } from "./tshark.ts";

const skip = hasTshark() ? false : "tshark is not installed: frames go unjudged";
const SECOND_US = 1_000_000;

function captured(hosts: TwoHosts): Capture {
  const capture = new Capture();
  for (const tap of [hosts.tap, hosts.tapB]) {
    tap.watch((frame) => capture.add(hosts.world.nowUs, frame));
  }
  return capture;
}

t.test("tshark finds a planted error", { skip }, async (t) => {
  const hosts = createTwoHosts();
  const capture = new Capture();
  hosts.tap.watch((frame) => {
    const broken = frame.slice();
    broken[broken.length - 1]! ^= 1;
    capture.add(0, broken);
  });
  hosts.a.icmp.ping({ address: B }, () => {});
  hosts.world.runFor(1000);
  t.equal(capture.complaints().length, 1);
});

t.test("ARP, ICMP and UDP of every size are without fault", { skip }, async (t) => {
  const hosts = createTwoHosts();
  const capture = captured(hosts);
  const { a, b, listen, world } = hosts;
  a.arp.announce(A);
  a.arp.probe(0x0a00_0009, () => {});
  world.runFor(20 * SECOND_US);
  for (const dataBytes of [0, 1, 56, 1473, 20_000])
    a.icmp.ping({ address: B, dataBytes }, () => {});
  const server = listen(b, 7777);
  const client = listen(a, 5000);
  for (const length of [0, 1, 2, 1471, 1472, 1473, 5000]) client.send("x".repeat(length), B, 7777);
  client.send("nobody", B, 4711);
  world.runFor(SECOND_US);
  t.same(capture.complaints(), []);
  t.equal(server.received.length, 7);
  t.ok(capture.frameCount > 50);
  const lengths = capture.fields("udp.dstport == 7777 and data.len > 1472", "data.len");
  t.same(lengths, [["1473"], ["5000"]], "reassembled as we cut them");
  t.same(capture.fields("icmp.type == 3", "icmp.code", "udp.dstport"), [["3", "4711"]]);
  const probes = capture.fields("arp.isprobe == 1", "arp.dst.proto_ipv4");
  t.same(
    probes,
    Array.from({ length: 3 }, () => ["10.0.0.9"]),
  );
  t.equal(capture.fields("arp.isannouncement == 1", "frame.number").length, 2);
});

t.test("a DHCP conversation means to tshark what it means to us", { skip }, async (t) => {
  const world = createTestWorld();
  const cable = world.cable();
  const capture = new Capture();
  const tapped = (name: string, end: typeof cable.a, cidr: string) => {
    const host = world.host(name);
    const tap = createWireTap(end, host.hal.memory);
    tap.watch((frame) => capture.add(world.nowUs, frame));
    return createStack(host, tap, cidr);
  };
  const us = tapped("us", cable.a, "");
  const server = tapped("server", cable.b, "10.0.2.2/24");
  const socket = server.udp.bind({
    address: 0,
    port: 67,
    handler: {
      onDatagram(_socket, offset, length) {
        const message = parseDhcp(server.kernel.memory.packet.bytes, offset, length)!;
        if (message.options.messageType === 7) return;
        const answer = encodeDhcp({
          ...message,
          op: 2,
          yourAddress: 0x0a00_020f,
          options: {
            messageType: message.options.messageType === 1 ? 2 : 5,
            subnetMask: 0xffff_ff00,
            routers: [0x0a00_0202],
            dnsServers: [0x0a00_0203],
            domainName: "example.org",
            mtuBytes: 1400,
            leaseSeconds: 3600,
            renewalSeconds: 1800,
            rebindingSeconds: 3150,
            serverId: 0x0a00_0202,
            classlessRoutes: [{ network: 0x0b00_0000, prefixLength: 8, gateway: 0x0a00_0207 }],
          },
        });
        socket.send(answer, 0, answer.length, 0xffff_ffff, 68);
      },
    },
  }) as UdpSocket;
  socket.setBroadcast(true);
  const client = createDhcpClient({
    kernel: us.kernel,
    entropy: us.host.hal.entropy,
    udp: us.udp,
    device: "eth0",
    hardwareAddress: us.ethernet.address,
    hostName: "guest",
    onLease: (lease) => applyLease(us.ip, us.eth0, lease),
  });
  client.start();
  world.runFor(SECOND_US);
  client.stop();
  world.runFor(SECOND_US);
  t.same(capture.complaints(), []);
  t.same(capture.fields("dhcp", "dhcp.option.dhcp", "dhcp.ip.your", "dhcp.option.hostname"), [
    ["1", "0.0.0.0", "guest"],
    ["2", "10.0.2.15", ""],
    ["3", "0.0.0.0", "guest"],
    ["5", "10.0.2.15", ""],
    ["7", "0.0.0.0", ""],
  ]);
  t.same(
    capture.fields(
      "dhcp.option.dhcp == 5",
      "dhcp.option.subnet_mask",
      "dhcp.option.router",
      "dhcp.option.domain_name_server",
      "dhcp.option.domain_name",
      "dhcp.option.interface_mtu",
      "dhcp.option.ip_address_lease_time",
      "dhcp.option.renewal_time_value",
      "dhcp.option.rebinding_time_value",
      "dhcp.option.dhcp_server_id",
    ),
    [
      ["255.255.255.0", "10.0.2.2", "10.0.2.3", "example.org", "1400"].concat([
        "3600",
        "1800",
        "3150",
        "10.0.2.2",
      ]),
    ],
  );
});

t.test("DNS over UDP and TCP is without fault, and our TCP too", { skip }, async (t) => {
  const dns = createDnsWorld();
  const capture = captured(dns);
  for (let index = 1; index <= 300; index++) {
    dns.add("many.example.org", DNS_TYPE.A, { kind: "A", address: index });
  }
  dns.add("www.example.org", DNS_TYPE.CNAME, { kind: "CNAME", target: "many.example.org" });
  dns.add("mail.example.org", DNS_TYPE.MX, {
    kind: "MX",
    preference: 5,
    exchange: "www.example.org",
  });
  dns.resolve("www.example.org");
  dns.resolve("mail.example.org", DNS_TYPE.MX);
  dns.resolve("gone.example.org");
  t.same(capture.complaints(), []);
  const responses = capture.fields(
    "dns.flags.response == 1",
    "dns.flags.truncated",
    "dns.count.answers",
    "dns.flags.rcode",
  );
  // Versions of tshark write flags as "1" or as "True".
  const isSet = (flag: string | undefined) => flag === "1" || flag === "True";
  t.same(
    responses.map(([truncated, ...rest]) => [isSet(truncated), ...rest]),
    [
      [true, "74", "0"],
      [false, "301", "0"],
      [false, "1", "0"],
      [false, "0", "3"],
    ],
  );
  t.same(
    capture.fields("dns.mx.mail_exchange and dns.flags.response == 1", "dns.mx.mail_exchange"),
    [["www.example.org"]],
  );
});
