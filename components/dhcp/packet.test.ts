import t from "tap";
import { parseMac } from "../ethernet/mod.ts";
import { parseIpv4 } from "../ipv4/mod.ts";
import { join, u32 } from "../testing/packets.ts";
import type { DhcpMessage } from "./mod.ts";
import { encodeDhcp, parseDhcp } from "./mod.ts";

const ip = (text: string): number => parseIpv4(text)!;

const ACK: DhcpMessage = {
  op: 2,
  xid: 0xdead_beef,
  secs: 3,
  isBroadcast: true,
  clientAddress: 0,
  yourAddress: ip("10.0.2.15"),
  serverAddress: ip("10.0.2.2"),
  relayAddress: 0,
  clientHardware: parseMac("52:54:00:12:34:56")!,
  options: {
    messageType: 5,
    subnetMask: ip("255.255.255.0"),
    routers: [ip("10.0.2.2")],
    dnsServers: [ip("10.0.2.3"), ip("1.1.1.1")],
    hostName: "guest",
    domainName: "example.org",
    mtuBytes: 1400,
    broadcastAddress: ip("10.0.2.255"),
    ntpServers: [ip("10.0.2.4")],
    leaseSeconds: 86_400,
    serverId: ip("10.0.2.2"),
    renewalSeconds: 43_200,
    rebindingSeconds: 75_600,
    classlessRoutes: [
      { network: 0, prefixLength: 0, gateway: ip("10.0.2.2") },
      { network: ip("10.17.0.0"), prefixLength: 16, gateway: ip("10.0.2.9") },
      { network: ip("10.27.129.0"), prefixLength: 24, gateway: ip("10.0.2.9") },
    ],
  },
};

/** The fixed part of an answer, then the given options. */
function withOptions(...options: (readonly number[])[]): Uint8Array {
  return join(encodeDhcp(ACK).subarray(0, 240), ...options);
}

const TYPE = [53, 1, 5];

function parsed(bytes: Uint8Array) {
  return parseDhcp(bytes, 0, bytes.length);
}

t.test("a message means the same after encoding and parsing", async (t) => {
  const bytes = encodeDhcp(ACK);
  t.same(parsed(bytes), ACK);
  const request = {
    ...ACK,
    op: 1,
    options: {
      messageType: 3,
      requestedAddress: ip("10.0.2.15"),
      parameterList: [1, 3, 6],
      maxMessageBytes: 1500,
      clientId: Uint8Array.of(1, 2, 3),
      message: "hello",
    },
  };
  t.same(parsed(encodeDhcp(request)), request);
});

t.test("the bytes lie where RFC 2131 2 and RFC 3442 put them", async (t) => {
  const bytes = encodeDhcp(ACK);
  t.same([...bytes.subarray(0, 12)], [2, 1, 6, 0, 0xde, 0xad, 0xbe, 0xef, 0, 3, 0x80, 0]);
  t.same([...bytes.subarray(16, 20)], [10, 0, 2, 15]);
  t.same([...bytes.subarray(28, 34)], [0x52, 0x54, 0, 0x12, 0x34, 0x56]);
  t.same([...bytes.subarray(236, 243)], [99, 130, 83, 99, 53, 1, 5]);
  const text = Buffer.from(bytes).toString("hex");
  t.ok(text.includes("7914000a000202100a110a000209180a1b810a000209"));
  t.ok(bytes.length >= 300);
});

t.test("a long option is cut in two and joined again (RFC 3396)", async (t) => {
  const classlessRoutes = Array.from({ length: 60 }, (_, index) => ({
    network: ip("10.0.0.0") + index * 256,
    prefixLength: 24,
    gateway: index,
  }));
  const message = { ...ACK, options: { messageType: 5, classlessRoutes } };
  t.same(parsed(encodeDhcp(message)), message);
});

t.test("options go on in the fields for names (RFC 2132 9.3)", async (t) => {
  const bytes = withOptions([52, 1, 3], TYPE, [255]);
  bytes.set([3, 4, 10, 0, 2, 2, 255], 108);
  bytes.set([51, 4, ...u32(77), 255], 44);
  t.match(parsed(bytes)?.options, { routers: [ip("10.0.2.2")], leaseSeconds: 77 });
});

t.test("pads and unknown options are passed over, an end may be missing", async (t) => {
  t.match(parsed(withOptions([0, 0], TYPE, [200, 2, 1, 2], [0])), { options: { messageType: 5 } });
});

t.test("lengths that lie make a message malformed", async (t) => {
  const malformed = {
    "no type": withOptions([255]),
    "a type of two bytes": withOptions([53, 2, 5, 5]),
    "an option beyond the end": withOptions(TYPE, [3, 4, 10, 0]),
    "a code without a length": withOptions(TYPE, [3]),
    "routers of five bytes": withOptions(TYPE, [3, 5, 1, 2, 3, 4, 5]),
    "no routers": withOptions(TYPE, [3, 0]),
    "a mask of three bytes": withOptions(TYPE, [1, 3, 255, 255, 0]),
    "a prefix of 33 bits": withOptions(TYPE, [121, 9, 33, 1, 2, 3, 4, 5, 1, 2, 3]),
    "half a route": withOptions(TYPE, [121, 4, 24, 10, 0, 0]),
    "a short message": encodeDhcp(ACK).subarray(0, 239),
    "overload that lies": (() => {
      const bytes = withOptions([52, 1, 1], TYPE, [255]);
      bytes.set([3, 250], 108);
      return bytes;
    })(),
  };
  for (const [why, bytes] of Object.entries(malformed)) t.equal(parsed(bytes), undefined, why);
  for (const at of [0, 1, 2, 236]) {
    const bytes = encodeDhcp(ACK);
    bytes[at]! ^= 0x11;
    t.equal(parsed(bytes), undefined, `byte ${at}`);
  }
});

t.test("a name that could not be one is treated as absent", async (t) => {
  const name = (text: string) => [
    15,
    text.length,
    ...Array.from(text, (letter) => letter.charCodeAt(0)),
  ];
  t.equal(parsed(withOptions(TYPE, name("example.org\0")))?.options.domainName, "example.org");
  for (const text of ["$(reboot)", "a b", "", ".", "a..b", "x\ny"]) {
    t.equal(parsed(withOptions(TYPE, name(text)))?.options.domainName, undefined, text);
  }
});
