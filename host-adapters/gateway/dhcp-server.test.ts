import t from "tap";
import {
  DHCP_MESSAGE,
  DHCP_OP,
  type DhcpMessage,
  type DhcpOptions,
  encodeDhcp,
  parseDhcp,
} from "../../components/dhcp/mod.ts";
import { answerDhcp, type DhcpAnswer } from "./dhcp-server.ts";
import { createGatewayNetwork } from "./network.ts";

const MAC = 0x02000a00020f;
const ADDRESS = 0x0a00020f;
const GATEWAY = 0x0a000202;

const config = {
  network: createGatewayNetwork(),
  mtuBytes: 1500,
  addressOf: (hardware: number) => (hardware === MAC ? ADDRESS : undefined),
};

function ask(options: DhcpOptions, rest: Partial<DhcpMessage> = {}): DhcpAnswer {
  const request: DhcpMessage = {
    op: DHCP_OP.REQUEST,
    xid: 0x12345678,
    secs: 3,
    isBroadcast: false,
    clientAddress: 0,
    yourAddress: 0,
    serverAddress: 0,
    relayAddress: 0,
    clientHardware: MAC,
    options,
    ...rest,
  };
  const bytes = encodeDhcp(request);
  const answer = answerDhcp(config, parseDhcp(bytes, 0, bytes.length)!);
  if (typeof answer === "string") return answer;
  const wire = encodeDhcp(answer);
  return parseDhcp(wire, 0, wire.length)!;
}

t.test("a DISCOVER is answered with all that a system needs", async (t) => {
  t.match(ask({ messageType: DHCP_MESSAGE.DISCOVER, clientId: Uint8Array.of(1, 2) }), {
    op: DHCP_OP.REPLY,
    xid: 0x12345678,
    yourAddress: ADDRESS,
    clientHardware: MAC,
    options: {
      messageType: DHCP_MESSAGE.OFFER,
      serverId: GATEWAY,
      subnetMask: 0xffffff00,
      broadcastAddress: 0x0a0002ff,
      routers: [GATEWAY],
      dnsServers: [0x0a000203],
      mtuBytes: 1500,
      leaseSeconds: 86_400,
      renewalSeconds: 43_200,
      rebindingSeconds: 75_600,
      clientId: Uint8Array.of(1, 2),
    },
  });
});

t.test("a REQUEST for the device's address is acknowledged in every state", async (t) => {
  const ack = { yourAddress: ADDRESS, options: { messageType: DHCP_MESSAGE.ACK } };
  const messageType = DHCP_MESSAGE.REQUEST;
  t.match(ask({ messageType, serverId: GATEWAY, requestedAddress: ADDRESS }), ack, "SELECTING");
  t.match(ask({ messageType, requestedAddress: ADDRESS }), ack, "INIT-REBOOT");
  t.match(ask({ messageType }, { clientAddress: ADDRESS }), ack, "RENEWING");
});

t.test("a REQUEST for another address is refused by a broadcast NAK", async (t) => {
  const messageType = DHCP_MESSAGE.REQUEST;
  const nak = { yourAddress: 0, isBroadcast: true, options: { messageType: DHCP_MESSAGE.NAK } };
  t.match(ask({ messageType, serverId: GATEWAY, requestedAddress: 0x0a000210 }), nak);
  t.match(ask({ messageType, requestedAddress: 0xc0a80001 }), nak);
  t.match(ask({ messageType }, { clientAddress: 0x0a000210 }), { ...nak, clientAddress: 0 });
});

t.test("a REQUEST that takes another server's offer is none of ours", async (t) => {
  const options = { messageType: DHCP_MESSAGE.REQUEST, requestedAddress: ADDRESS };
  t.equal(ask({ ...options, serverId: 0x0a000204 }), "ignored");
});

t.test("an INFORM is told everything but an address and a lease", async (t) => {
  const answer = ask({ messageType: DHCP_MESSAGE.INFORM }, { clientAddress: ADDRESS });
  t.match(answer, {
    yourAddress: 0,
    clientAddress: ADDRESS,
    options: { messageType: DHCP_MESSAGE.ACK, routers: [GATEWAY] },
  });
  t.equal((answer as DhcpMessage).options.leaseSeconds, undefined);
});

t.test("strangers, relays, replies and unknown messages get no answer", async (t) => {
  const discover = { messageType: DHCP_MESSAGE.DISCOVER };
  t.equal(ask(discover, { clientHardware: 0x020000000001 }), "refused");
  t.equal(ask(discover, { relayAddress: 0x0a000201 }), "refused");
  t.equal(ask(discover, { op: DHCP_OP.REPLY }), "refused");
  t.equal(ask({ messageType: 77 }), "refused");
  t.equal(ask({ messageType: DHCP_MESSAGE.RELEASE }), "ignored");
});
