import type { Address } from "../ip/mod.ts";
import { ANY_ADDRESS } from "../ip/mod.ts";
import { IPV4_ADDRESS, isLoopbackAddress, isMulticastAddress } from "./address.ts";
import type { Ipv4Interface } from "./interface.ts";
import type { Way } from "./route.ts";
import type { RoutingTable } from "./routing-table.ts";

/** What a routing decision is made from. */
export interface RoutingState {
  readonly interfaces: readonly Ipv4Interface[];
  readonly table: RoutingTable;
  readonly loopback: Ipv4Interface | undefined;
  readonly isPromiscuous: boolean;
  isLocal(address: Address): boolean;
}

/**
 * Decides how a packet leaves (RFC 1122 3.3.1): our own addresses by the loopback, broadcasts out
 * of one interface, all else by the routing table.
 *
 * @param source ANY_ADDRESS lets the way decide.
 * @param device The only interface that may be used, if one is named.
 */
export function chooseWay(
  state: RoutingState,
  destination: Address,
  source: Address,
  device: string | undefined,
): Way | undefined {
  if (destination === ANY_ADDRESS) return undefined;
  const isForeign = source !== ANY_ADDRESS && !state.isLocal(source);
  if (isForeign && !state.isPromiscuous) return undefined;
  if (state.isLocal(destination)) return loopbackWay(state, destination, source);
  if (isLoopbackAddress(source) || isLoopbackAddress(destination)) return undefined;
  const isGroup = destination === IPV4_ADDRESS.BROADCAST || isMulticastAddress(destination);
  return isGroup
    ? groupWay(state, destination, source, device)
    : unicastWay(state, destination, source, device);
}

function loopbackWay(state: RoutingState, destination: Address, source: Address): Way | undefined {
  const { loopback } = state;
  if (loopback === undefined) return undefined;
  const own = isLoopbackAddress(destination) ? loopback.address : destination;
  return {
    interface: loopback,
    nextHop: destination,
    source: source === ANY_ADDRESS ? own : source,
    isBroadcast: false,
  };
}

function groupWay(
  state: RoutingState,
  destination: Address,
  source: Address,
  device: string | undefined,
): Way | undefined {
  const through =
    device === undefined
      ? (interfaceOf(state, source) ??
        (state.table.find(destination)?.interface as Ipv4Interface | undefined) ??
        state.interfaces.find(({ link }) => !link.isLoopback))
      : state.interfaces.find(({ name }) => name === device);
  if (through === undefined || through.link.isLoopback) return undefined;
  return {
    interface: through,
    nextHop: destination,
    source: source === ANY_ADDRESS ? through.address : source,
    isBroadcast: true,
  };
}

function unicastWay(
  state: RoutingState,
  destination: Address,
  source: Address,
  device: string | undefined,
): Way | undefined {
  const only =
    device === undefined ? undefined : state.interfaces.find((one) => one.name === device);
  if (device !== undefined && only === undefined) return undefined;
  const entry =
    only === undefined ? state.table.find(destination) : state.table.findVia(destination, only);
  if (entry === undefined) return undefined;
  const through = entry.interface as Ipv4Interface;
  const chosen = source === ANY_ADDRESS ? through.address : source;
  if (chosen === ANY_ADDRESS) return undefined;
  return {
    interface: through,
    nextHop: entry.gateway === 0 ? destination : entry.gateway,
    source: chosen,
    isBroadcast: destination === through.broadcastAddress,
  };
}

function interfaceOf(state: RoutingState, address: Address): Ipv4Interface | undefined {
  if (address === ANY_ADDRESS) return undefined;
  return state.interfaces.find((one) => one.addresses.includes(address));
}
