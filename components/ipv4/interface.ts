import type { Address, IpLink } from "../ip/mod.ts";
import { broadcastOf } from "./address.ts";

/** Counters of one interface, in the manner of RFC 4293. */
export interface InterfaceCounters {
  packetsReceived: number;
  bytesReceived: number;
  packetsSent: number;
  bytesSent: number;
}

/** An interface: a link with addresses. */
export interface Interface {
  /** "eth0", "lo". */
  readonly name: string;
  readonly link: IpLink;
  /** The first address, or 0 before one is configured. */
  readonly address: Address;
  readonly prefixLength: number;
  /** All addresses, the first included. */
  readonly addresses: readonly Address[];
  readonly mtuBytes: number;
  readonly counters: Readonly<InterfaceCounters>;
}

export class Ipv4Interface implements Interface {
  readonly name: string;
  readonly link: IpLink;
  address: Address = 0;
  prefixLength = 32;
  /** The network's broadcast address, or -1 where there is none (RFC 3021: /31; /32). */
  broadcastAddress = -1;
  addresses: readonly Address[] = [];
  mtuBytes: number;
  /** The last source of a packet to us that was found to be possible here; -1: none yet. */
  goodSource = -1;
  readonly counters: InterfaceCounters = {
    packetsReceived: 0,
    bytesReceived: 0,
    packetsSent: 0,
    bytesSent: 0,
  };

  constructor(link: IpLink, mtuBytes: number) {
    this.name = link.name;
    this.link = link;
    this.mtuBytes = mtuBytes;
  }

  /** Replaces all addresses; `address` 0 leaves the interface without any. */
  configure(address: Address, prefixLength: number, aliases: readonly Address[]): void {
    this.address = address;
    this.prefixLength = prefixLength;
    this.addresses = address === 0 ? [] : [address, ...aliases];
    const hasBroadcast = address !== 0 && prefixLength < 31 && !this.link.isLoopback;
    this.broadcastAddress = hasBroadcast ? broadcastOf(address, prefixLength) : -1;
    this.link.setAddresses(this.addresses);
  }
}
