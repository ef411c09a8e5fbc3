import type { Address } from "../ip/mod.ts";
import type { Interface, Ipv4 } from "../ipv4/mod.ts";
import { MIN_MTU_BYTES, isUnicastAddress, maskPrefixLength } from "../ipv4/mod.ts";
import type { ClasslessRoute } from "./options.ts";
import type { DhcpMessage } from "./packet.ts";

/** What a server has given us. */
export interface DhcpLease {
  readonly address: Address;
  readonly prefixLength: number;
  readonly broadcastAddress: Address | undefined;
  readonly routers: readonly Address[];
  /** Where there are any, `routers` does not count (RFC 3442). */
  readonly classlessRoutes: readonly ClasslessRoute[];
  readonly dnsServers: readonly Address[];
  readonly ntpServers: readonly Address[];
  readonly hostName: string | undefined;
  readonly domainName: string | undefined;
  readonly mtuBytes: number | undefined;
  readonly server: Address;
  /** Microseconds since boot; Infinity for a lease without end. */
  readonly renewUs: number;
  readonly rebindUs: number;
  readonly expiresUs: number;
}

const FOR_EVER = 0xffff_ffff;

/** A lease that ends sooner keeps nobody but the server busy. */
const MIN_LEASE_SECONDS = 30;

/** @returns The lease in an OFFER or ACK, or undefined where that does not give one. */
export function leaseOf(message: DhcpMessage, requestedUs: number): DhcpLease | undefined {
  const { options, yourAddress } = message;
  const { serverId, leaseSeconds, subnetMask } = options;
  if (serverId === undefined || leaseSeconds === undefined || leaseSeconds === 0) return undefined;
  const prefixLength =
    subnetMask === undefined ? classPrefix(yourAddress) : maskPrefixLength(subnetMask);
  if (!isUnicastAddress(yourAddress) || prefixLength === undefined) return undefined;
  const seconds = leaseSeconds === FOR_EVER ? Infinity : Math.max(leaseSeconds, MIN_LEASE_SECONDS);
  const times = timesOf(seconds, options.renewalSeconds, options.rebindingSeconds);
  const mtuBytes = options.mtuBytes ?? MIN_MTU_BYTES;
  return {
    address: yourAddress,
    prefixLength,
    broadcastAddress: options.broadcastAddress,
    routers: options.routers ?? [],
    classlessRoutes: options.classlessRoutes ?? [],
    dnsServers: options.dnsServers ?? [],
    ntpServers: options.ntpServers ?? [],
    hostName: options.hostName,
    domainName: options.domainName,
    mtuBytes: mtuBytes < MIN_MTU_BYTES ? undefined : options.mtuBytes,
    server: serverId,
    renewUs: requestedUs + times.renewal * 1e6,
    rebindUs: requestedUs + times.rebinding * 1e6,
    expiresUs: requestedUs + seconds * 1e6,
  };
}

/** T1 and T2 (RFC 2131, 4.4.5): the server's if they make sense, else 1/2 and 7/8 of the lease. */
function timesOf(
  seconds: number,
  renewal: number = seconds / 2,
  rebinding: number = seconds * 0.875,
): { readonly renewal: number; readonly rebinding: number } {
  const isRight = renewal > 0 && renewal < rebinding && rebinding < seconds;
  return isRight ? { renewal, rebinding } : { renewal: seconds / 2, rebinding: seconds * 0.875 };
}

/** The prefix of an address class, for servers that send no mask (RFC 1122 3.3.1.6 allows a guess). */
function classPrefix(address: Address): number {
  if (address < 0x8000_0000) return 8;
  return address < 0xc000_0000 ? 16 : 24;
}

/**
 * Gives a lease to an interface: address, MTU and routes; or takes everything away.
 *
 * @param lease Undefined: there is none any more.
 */
export function applyLease(ip: Ipv4, to: Interface, lease: DhcpLease | undefined): void {
  for (const route of ip.routes) {
    if (route.interface === to) ip.removeRoute(route);
  }
  if (lease === undefined) {
    ip.configure(to, { address: 0, prefixLength: 32 });
    return;
  }
  const { address, prefixLength, mtuBytes } = lease;
  ip.configure(to, { address, prefixLength, ...(mtuBytes === undefined ? {} : { mtuBytes }) });
  if (lease.classlessRoutes.length > 0) {
    for (const route of lease.classlessRoutes) ip.addRoute({ ...route, interface: to });
    return;
  }
  lease.routers.forEach((gateway, metric) => {
    ip.addRoute({ network: 0, prefixLength: 0, gateway, interface: to, metric });
  });
}
