/** Which packets may come in where (RFC 1122 3.2.1.3, RFC 1812 5.3.7). */
import type { Address } from "../ip/mod.ts";
import {
  IPV4_ADDRESS,
  isLoopbackAddress,
  isMulticastAddress,
  isUnicastAddress,
} from "./address.ts";
import type { Ipv4Interface } from "./interface.ts";

/** All hosts on this link (RFC 1112): the one group that every host is in. */
const ALL_HOSTS: Address = 0xe000_0001;

/** How a destination concerns us. */
export type Delivery = "ours" | "broadcast" | "martian" | "foreign";

/** What is decided by. */
export interface ReceivingState {
  /** All our addresses. */
  readonly local: ReadonlySet<Address>;
  readonly isPromiscuous: boolean;
}

/** Says how a packet's destination concerns us. */
export function judgeDestination(
  state: ReceivingState,
  through: Ipv4Interface,
  destination: Address,
): Delivery {
  // Nearly every packet; an interface without an address has 0, to which nothing is sent.
  if (destination === through.address) return destination === 0 ? "martian" : "ours";
  if (isLoopbackAddress(destination)) return through.link.isLoopback ? "ours" : "martian";
  if (state.local.has(destination)) return "ours";
  const isBroadcast =
    destination === IPV4_ADDRESS.BROADCAST ||
    destination === through.broadcastAddress ||
    destination === ALL_HOSTS;
  if (isBroadcast) return "broadcast";
  if (!isUnicastAddress(destination)) {
    return isMulticastAddress(destination) ? "foreign" : "martian";
  }
  return state.isPromiscuous ? "ours" : "foreign";
}

/** May a packet from `source` come in here? (RFC 1122 3.2.1.3, RFC 1812 5.3.7) */
export function isPossibleSource(
  state: ReceivingState,
  through: Ipv4Interface,
  source: Address,
  isBroadcast: boolean,
): boolean {
  // Packets of one peer come in rows, and only the first of them is looked at in full.
  if (source === through.goodSource || through.link.isLoopback) return true;
  // A host without an address asks by broadcast (RFC 2131).
  if (source === 0) return isBroadcast;
  if (!isUnicastAddress(source) || isLoopbackAddress(source)) return false;
  if (state.local.has(source) || source === through.broadcastAddress) return false;
  through.goodSource = source;
  return true;
}
