import type { TimerEntry } from "../../libos/kernel/mod.ts";
import type { MacAddress } from "../ethernet/mod.ts";
import type { Address, Neighbour } from "../ip/mod.ts";

/**
 * - "idle": nothing is known and nothing was asked.
 * - "incomplete": asked by broadcast; packets wait.
 * - "reachable": the address is known.
 * - "probing": known, used, and being checked by a unicast request.
 * - "failed": nobody answered a moment ago.
 * - "permanent": set by configuration, or a group address; never changes.
 */
export type NeighbourState =
  "idle" | "incomplete" | "reachable" | "probing" | "failed" | "permanent";

/** A packet that waits for its neighbour, copied into packet memory, beginning with its IP header. */
export interface PendingPacket {
  readonly offset: number;
  readonly length: number;
  readonly checksumStart: number;
  readonly checksumOffset: number;
  readonly segmentBytes: number;
  readonly headerBytes: number;
}

/** One entry of the ARP cache. */
export class ArpNeighbour implements Neighbour {
  readonly address: Address;
  hardware: MacAddress = 0;
  state: NeighbourState = "idle";
  /** True in the states "reachable", "probing" and "permanent". */
  isResolved = false;
  /** A packet was sent to it since it was confirmed. */
  isUsed = false;
  /** Requests since the last answer. */
  requests = 0;
  readonly pending: PendingPacket[] = [];
  /** Absent for permanent entries. */
  timer: TimerEntry | undefined = undefined;

  constructor(address: Address) {
    this.address = address;
  }
}

/** Makes an entry that never changes. */
export function permanentNeighbour(address: Address, hardware: MacAddress): ArpNeighbour {
  const neighbour = new ArpNeighbour(address);
  neighbour.hardware = hardware;
  neighbour.state = "permanent";
  neighbour.isResolved = true;
  return neighbour;
}
