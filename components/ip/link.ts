/**
 * The seam between a network layer and what carries its packets: Ethernet with address resolution
 * (`components/arp`), or the loopback. A network layer never sees a hardware address.
 */
import type { NetOffloads, ReceiveOffload, TransmitFrame } from "../../libos/hal/mod.ts";
import type { Address, SendResult } from "./network-layer.ts";

/** The next hop of a packet on one link. Whoever sends keeps it and passes it to `IpLink.send`. */
export interface Neighbour {
  readonly address: Address;
  /**
   * True while the link knows where the neighbour is. When it has turned false, `send` still works
   * (the packet waits), and `IpLink.neighbour` hands out the entry that counts now.
   */
  readonly isResolved: boolean;
}

/** What a link needs of the network layer above it. */
export interface LinkClient {
  /**
   * Takes one received packet, valid during the call; nothing of it was checked.
   *
   * @param offset Where the IP header begins, a multiple of 4.
   * @param length Bytes, >= 0; it may include the padding of a short frame.
   * @param isBroadcast The frame was sent to a broadcast or multicast hardware address.
   */
  input(offset: number, length: number, offload: ReceiveOffload, isBroadcast: boolean): void;
  /** There is room again after a `send` or `stage` that found none. */
  writable(): void;
  /** A packet of ours is dropped, since its neighbour does not answer; valid during the call. */
  unresolved(offset: number, length: number): void;
}

/** One link, as the network layer sees it. */
export interface IpLink {
  /** The interface's name: "eth0", "lo". */
  readonly name: string;
  /** The largest IP packet in bytes. */
  readonly mtuBytes: number;
  readonly offloads: NetOffloads;
  /** True for the loopback, to which packets to our own addresses go. */
  readonly isLoopback: boolean;
  /** The hardware address for people, "" where there is none. */
  readonly hardwareAddress: string;
  linkUp(): boolean;
  /** Connects the one network layer. */
  connect(client: LinkClient): void;
  /** Says which addresses are ours, so that the link answers for them. Replaces earlier ones. */
  setAddresses(addresses: readonly Address[]): void;
  /** The entry for one next hop; made if it is new. */
  neighbour(address: Address): Neighbour;
  /** The entry that stands for all hosts of the link, or for a multicast group. */
  broadcast(group: Address): Neighbour;
  /**
   * Starts a frame: part 0 lies in memory of the link, `headerBytes` long, with room before it for
   * `headroomBytes` and the link's own header. It stays the caller's until the next `begin`.
   *
   * @param headerBytes 0 .. 192, a multiple of 4.
   * @param headroomBytes 0 .. 40, a multiple of 4.
   */
  begin(headerBytes: number, headroomBytes: number): TransmitFrame;
  /** Sends a frame that `begin` started and that begins with an IP header. */
  send(frame: TransmitFrame, neighbour: Neighbour): SendResult;
  /**
   * Takes memory for a payload that is copied. It stays as it is until every frame that was sent
   * before the next `stage` has been transmitted; nobody frees it.
   *
   * @param bytes 1 .. 65,535.
   * @returns An offset that is a multiple of 4, or -1 when there is no room (`writable` follows).
   */
  stage(bytes: number): number;
  /** How many frames `send` takes now. */
  room(): number;
  /** How many frames the link holds at the most. */
  readonly queueFrames: number;
  /** Asks for `LinkClient.writable` once there is room. */
  awaitRoom(): void;
  /** As `Route.submitted` and `Route.transmitted`. */
  submitted(): number;
  transmitted(): number;
}
