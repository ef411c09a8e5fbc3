import type { TimerEntry } from "../../libos/kernel/mod.ts";
import type { MacAddress } from "../ethernet/mod.ts";
import { macHigh, macLow } from "../ethernet/mod.ts";
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
  /** `macHigh` and `macLow` of the hardware address. */
  high = 0;
  low = 0;
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

  /** The hardware address; it counts only while `isResolved`. */
  get hardware(): MacAddress {
    return this.high * 0x1_0000_0000 + (this.low >>> 0);
  }

  set hardware(hardware: MacAddress) {
    this.high = macHigh(hardware);
    this.low = macLow(hardware);
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
