/** The network between applications and the gateway: laid out like slirp's. */
import { type Address } from "../../components/ip/mod.ts";
import {
  broadcastOf,
  formatIpv4,
  inPrefix,
  isLoopbackAddress,
  isUnicastAddress,
  networkOf,
  parseCidr,
  parseIpv4,
} from "../../components/ipv4/mod.ts";

/** How the network is laid out, as text. */
export interface GatewayNetworkOptions {
  /** The network with its prefix length, at most /30. Default "10.0.2.0/24". */
  readonly network?: string;
  /** The gateway's address. It stands for the host's 127.0.0.1. Default "10.0.2.2". */
  readonly gateway?: string;
  /** The name server's address. Default "10.0.2.3". */
  readonly nameServer?: string;
  /** The first system's address; the next ones follow. Default "10.0.2.15". */
  readonly firstApplication?: string;
  /**
   * Whether the gateway's address leads to services on the host's loopback. Default true; with
   * false, connections there are refused.
   */
  readonly hostLoopback?: boolean;
}

/** The same, checked, as numbers. */
export interface GatewayNetwork {
  readonly network: Address;
  readonly prefixLength: number;
  readonly gateway: Address;
  readonly nameServer: Address;
  readonly firstApplication: Address;
  readonly broadcast: Address;
  readonly hostLoopback: boolean;
}

const DEFAULTS = {
  network: "10.0.2.0/24",
  gateway: "10.0.2.2",
  nameServer: "10.0.2.3",
  firstApplication: "10.0.2.15",
};

/** The host's loopback, for which the gateway's address stands. */
const HOST_LOOPBACK = "127.0.0.1";

/** @throws RangeError that says which option is wrong. */
export function createGatewayNetwork(options: GatewayNetworkOptions = {}): GatewayNetwork {
  const text = options.network ?? DEFAULTS.network;
  const cidr = parseCidr(text);
  if (cidr === undefined || cidr.prefixLength > 30 || cidr.prefixLength < 8) {
    throw new RangeError(`network ${text}: expected an IPv4 network such as 10.0.2.0/24`);
  }
  const { prefixLength } = cidr;
  const network = networkOf(cidr.address, prefixLength);
  const broadcast = broadcastOf(network, prefixLength);
  const host = (name: "gateway" | "nameServer" | "firstApplication"): Address => {
    const address = parseIpv4(options[name] ?? DEFAULTS[name]);
    const isHost =
      address !== undefined &&
      inPrefix(address, network, prefixLength) &&
      address !== network &&
      address !== broadcast;
    if (!isHost) {
      throw new RangeError(`${name} ${options[name] ?? DEFAULTS[name]}: not a host of ${text}`);
    }
    return address;
  };
  const gateway = host("gateway");
  const nameServer = host("nameServer");
  const firstApplication = host("firstApplication");
  if (new Set([gateway, nameServer, firstApplication]).size < 3) {
    throw new RangeError(`network ${text}: gateway, nameServer and firstApplication must differ`);
  }
  const hostLoopback = options.hostLoopback ?? true;
  const addresses = { network, prefixLength, gateway, nameServer, firstApplication, broadcast };
  return { ...addresses, hostLoopback };
}

/**
 * Where the host is to connect for a destination that the application named.
 *
 * @returns A numeric address of the host's world, or undefined where nothing may go: other
 *   addresses of our own network, groups, loopback, and the reserved ranges of RFC 6890.
 */
export function hostDestination(network: GatewayNetwork, destination: Address): string | undefined {
  if (destination === network.gateway) return network.hostLoopback ? HOST_LOOPBACK : undefined;
  if (inPrefix(destination, network.network, network.prefixLength)) return undefined;
  if (!isUnicastAddress(destination) || isLoopbackAddress(destination)) return undefined;
  return formatIpv4(destination);
}

/**
 * The address under which a client of a published port appears on our network: its own, or the
 * gateway's where its own would not find the way back (the host's loopback, our own network, IPv6).
 */
export function clientAddress(network: GatewayNetwork, remoteAddress: string): Address {
  const address = parseIpv4(remoteAddress.replace(/^::ffff:/, ""));
  const isForeign =
    address !== undefined &&
    isUnicastAddress(address) &&
    !isLoopbackAddress(address) &&
    !inPrefix(address, network.network, network.prefixLength);
  return isForeign ? address : network.gateway;
}
