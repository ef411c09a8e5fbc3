/** What a client says in each of its messages (RFC 2131, 4.4.1 and table 5). */
import type { MacAddress } from "../ethernet/mod.ts";
import type { Address } from "../ip/mod.ts";
import type { DhcpOptions } from "./options.ts";
import { encodeDhcp } from "./packet.ts";
import { DHCP_MESSAGE, DHCP_OP, DHCP_OPTION } from "./wire.ts";

/** Who the client is. */
export interface ClientIdentity {
  readonly hardwareAddress: MacAddress;
  /** Told to the server. */
  readonly hostName?: string;
}

/** Classless routes before routers (RFC 3442). */
const PARAMETERS: readonly number[] = [
  DHCP_OPTION.SUBNET_MASK,
  DHCP_OPTION.CLASSLESS_ROUTES,
  DHCP_OPTION.ROUTERS,
  DHCP_OPTION.DNS_SERVERS,
  DHCP_OPTION.HOST_NAME,
  DHCP_OPTION.DOMAIN_NAME,
  DHCP_OPTION.INTERFACE_MTU,
  DHCP_OPTION.BROADCAST_ADDRESS,
  DHCP_OPTION.NTP_SERVERS,
  DHCP_OPTION.LEASE_TIME,
  DHCP_OPTION.RENEWAL_TIME,
  DHCP_OPTION.REBINDING_TIME,
];

/** A client that takes frames of 1,500 bytes takes messages as long. */
const MAX_MESSAGE_BYTES = 1_500;

export function discoverOptions(client: ClientIdentity): DhcpOptions {
  return { messageType: DHCP_MESSAGE.DISCOVER, ...askingOptions(client) };
}

/** Takes an offer. */
export function selectOptions(
  client: ClientIdentity,
  server: Address,
  address: Address,
): DhcpOptions {
  return {
    messageType: DHCP_MESSAGE.REQUEST,
    serverId: server,
    requestedAddress: address,
    ...askingOptions(client),
  };
}

/** Asks for more time, without saying whom or for what: the address stands in the message. */
export function renewOptions(client: ClientIdentity): DhcpOptions {
  return { messageType: DHCP_MESSAGE.REQUEST, ...askingOptions(client) };
}

export function declineOptions(
  client: ClientIdentity,
  server: Address,
  address: Address,
): DhcpOptions {
  return {
    messageType: DHCP_MESSAGE.DECLINE,
    serverId: server,
    requestedAddress: address,
    clientId: clientId(client),
  };
}

export function releaseOptions(client: ClientIdentity, server: Address): DhcpOptions {
  return { messageType: DHCP_MESSAGE.RELEASE, serverId: server, clientId: clientId(client) };
}

/** @returns A client's message on the wire. */
export function clientMessage(
  client: ClientIdentity,
  message: {
    readonly xid: number;
    readonly secs: number;
    readonly clientAddress: Address;
    readonly options: DhcpOptions;
  },
): Uint8Array {
  return encodeDhcp({
    op: DHCP_OP.REQUEST,
    // Until we have an address, only a broadcast is sure to reach us.
    isBroadcast: message.clientAddress === 0,
    yourAddress: 0,
    serverAddress: 0,
    relayAddress: 0,
    clientHardware: client.hardwareAddress,
    ...message,
  });
}

function askingOptions(client: ClientIdentity): Omit<DhcpOptions, "messageType"> {
  const { hostName } = client;
  return {
    parameterList: PARAMETERS,
    clientId: clientId(client),
    maxMessageBytes: MAX_MESSAGE_BYTES,
    ...(hostName === undefined ? {} : { hostName }),
  };
}

/** The hardware's type and address (RFC 2132, 9.14). */
function clientId(client: ClientIdentity): Uint8Array {
  const bytes = [1];
  for (let byte = 5; byte >= 0; byte--) {
    bytes.push(Math.floor(client.hardwareAddress / 256 ** byte) & 255);
  }
  return Uint8Array.from(bytes);
}
