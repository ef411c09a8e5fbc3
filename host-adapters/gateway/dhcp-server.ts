/**
 * The DHCP server of the gateway's network (RFC 2131, 4.3).
 *
 * Each attached device has its address for good, chosen when it was plugged in; the server only
 * says it. So there is no pool, no table of leases and nothing that a flood of requests could fill.
 */
import {
  DHCP_MESSAGE,
  DHCP_OP,
  DHCP_PORT,
  type DhcpMessage,
  type DhcpOptions,
  encodeDhcp,
  parseDhcp,
} from "../../components/dhcp/mod.ts";
import type { MacAddress } from "../../components/ethernet/mod.ts";
import { type Address, ANY_ADDRESS } from "../../components/ip/mod.ts";
import { prefixMask } from "../../components/ipv4/mod.ts";
import type { Udp } from "../../components/udp/mod.ts";
import { assert } from "../../libos/kernel/mod.ts";
import type { GatewayCounters } from "./counters.ts";
import type { GatewayNetwork } from "./network.ts";

/** A day: nothing changes, but a client that asks now and then notices a new gateway. */
const LEASE_SECONDS = 86_400;

const BROADCAST: Address = 0xffff_ffff;

/** What an answer depends on. */
export interface DhcpServerConfig {
  readonly network: GatewayNetwork;
  readonly mtuBytes: number;
  /** The address of an attached device; undefined for others, which get no answer. */
  addressOf(hardware: MacAddress): Address | undefined;
}

/** The verdict on a request: its answer, "ignored" (in good order), or "refused". */
export type DhcpAnswer = DhcpMessage | "ignored" | "refused";

/** @returns What to answer. Pure, so that any message can be tried. */
export function answerDhcp(config: DhcpServerConfig, request: DhcpMessage): DhcpAnswer {
  const { network } = config;
  const { op, options, relayAddress } = request;
  const address = config.addressOf(request.clientHardware);
  if (op !== DHCP_OP.REQUEST || relayAddress !== 0 || address === undefined) return "refused";
  const isForOther = options.serverId !== undefined && options.serverId !== network.gateway;
  switch (options.messageType) {
    case DHCP_MESSAGE.DISCOVER:
      return reply(request, address, DHCP_MESSAGE.OFFER, leaseOptions(config));
    case DHCP_MESSAGE.REQUEST: {
      if (isForOther) return "ignored";
      // SELECTING and INIT-REBOOT name the address in an option, RENEWING and REBINDING in ciaddr.
      const wanted = options.requestedAddress ?? request.clientAddress;
      if (wanted === address)
        return reply(request, address, DHCP_MESSAGE.ACK, leaseOptions(config));
      return reply(request, 0, DHCP_MESSAGE.NAK, {
        serverId: network.gateway,
        message: "this device has another address here",
      });
    }
    case DHCP_MESSAGE.INFORM:
      return reply(request, 0, DHCP_MESSAGE.ACK, commonOptions(config));
    case DHCP_MESSAGE.RELEASE:
    case DHCP_MESSAGE.DECLINE:
      return "ignored";
    default:
      return "refused";
  }
}

type AnswerOptions = Omit<DhcpOptions, "messageType">;

function commonOptions({ network, mtuBytes }: DhcpServerConfig): AnswerOptions {
  return {
    serverId: network.gateway,
    subnetMask: prefixMask(network.prefixLength),
    broadcastAddress: network.broadcast,
    routers: [network.gateway],
    dnsServers: [network.nameServer],
    mtuBytes,
  };
}

function leaseOptions(config: DhcpServerConfig): AnswerOptions {
  return {
    ...commonOptions(config),
    leaseSeconds: LEASE_SECONDS,
    renewalSeconds: LEASE_SECONDS / 2,
    rebindingSeconds: (LEASE_SECONDS * 7) / 8,
  };
}

function reply(
  request: DhcpMessage,
  yourAddress: Address,
  messageType: number,
  options: AnswerOptions,
): DhcpMessage {
  const isNak = messageType === DHCP_MESSAGE.NAK;
  const { clientId } = request.options;
  return {
    op: DHCP_OP.REPLY,
    xid: request.xid,
    secs: 0,
    isBroadcast: request.isBroadcast || isNak,
    clientAddress: isNak ? 0 : request.clientAddress,
    yourAddress,
    serverAddress: 0,
    relayAddress: 0,
    clientHardware: request.clientHardware,
    // The client's identifier comes back (RFC 6842).
    options: { messageType, ...options, ...(clientId === undefined ? {} : { clientId }) },
  };
}

/** Where an answer goes: a client without an address hears broadcasts only (RFC 2131, 4.1). */
function destinationOf(answer: DhcpMessage): Address {
  return answer.isBroadcast || answer.clientAddress === 0 ? BROADCAST : answer.clientAddress;
}

export interface DhcpServerNeeds extends DhcpServerConfig {
  readonly udp: Udp;
  /** Packet memory. */
  readonly memory: Uint8Array;
  readonly counters: GatewayCounters;
}

/** Serves port 67 until `stop`. */
export function createDhcpServer(needs: DhcpServerNeeds): { stop(): void } {
  const { udp, memory, counters } = needs;
  const socket = udp.bind({
    address: ANY_ADDRESS,
    port: DHCP_PORT.SERVER,
    handler: {
      onDatagram(self, offset, length): void {
        counters.dhcpRequests++;
        const request = parseDhcp(memory, offset, length);
        const answer = request === undefined ? "refused" : answerDhcp(needs, request);
        if (answer === "refused") counters.dhcpRefused++;
        if (typeof answer === "string") return;
        const bytes = encodeDhcp(answer);
        self.send(bytes, 0, bytes.length, destinationOf(answer), DHCP_PORT.CLIENT);
      },
    },
  });
  assert(typeof socket !== "string", `the gateway's DHCP port: ${String(socket)}`);
  socket.setBroadcast(true);
  return { stop: () => socket.close() };
}
