import type { NetDevice, NetOffloads, ReceiveOffload, TransmitFrame } from "../../libos/hal/mod.ts";
import { FRAME_ALIGNMENT_OFFSET } from "../../libos/hal/mod.ts";
import type { Kernel, TimerEntry } from "../../libos/kernel/mod.ts";
import { assert, AssertionError, viewOf } from "../../libos/kernel/mod.ts";
import { SEND, createTransmitFrame, frameBytes, prependHeader, resetFrame } from "../ip/mod.ts";
import type { SendResult } from "../ip/mod.ts";
import type { EthernetLimits } from "./limits.ts";
import { ethernetLimits } from "./limits.ts";
import { TransmitMemory } from "./transmit-memory.ts";
import type { MacAddress } from "./wire.ts";
import { ETHERNET, macHigh, macLow, readMac } from "./wire.ts";

/** A protocol above Ethernet: ARP, IPv4. */
export interface EthernetProtocol {
  /**
   * Takes one frame's payload, valid during the call.
   *
   * @param offset Where the payload begins, a multiple of 4; the 14 bytes before it are the header.
   * @param length Bytes of payload, >= 0, with the padding of short frames.
   * @param isBroadcast The frame was sent to a broadcast or multicast address.
   */
  input(offset: number, length: number, offload: ReceiveOffload, isBroadcast: boolean): void;
  /** There is room again after a `send` or `stage` that found none. */
  writable(): void;
}

export interface EthernetCounters {
  framesReceived: number;
  bytesReceived: number;
  framesSent: number;
  bytesSent: number;
  /** Shorter than a header. */
  runtFrames: number;
  /** For somebody else. */
  foreignFrames: number;
  /** Of an EtherType that nobody registered. */
  unknownTypes: number;
  /** How often the device's queue, or the memory for payloads, was full. */
  transmitFull: number;
}

/** What Ethernet needs. */
export interface EthernetNeeds {
  readonly device: NetDevice;
  readonly kernel: Kernel;
  /** Takes frames to any address: a gateway, a monitor. Default: false. */
  readonly promiscuous?: boolean;
}

/** Ethernet over one device. */
export interface Ethernet {
  readonly name: string;
  readonly address: MacAddress;
  readonly mtuBytes: number;
  readonly offloads: NetOffloads;
  readonly queueFrames: number;
  readonly counters: Readonly<EthernetCounters>;
  linkUp(): boolean;
  /** Connects a protocol. One for each EtherType. */
  register(etherType: number, protocol: EthernetProtocol): void;
  /** As `IpLink.begin`. The object is reused: one frame is under construction at a time. */
  begin(headerBytes: number, headroomBytes: number): TransmitFrame;
  /**
   * Puts the header in front of a frame that `begin` started, and queues it.
   *
   * @param high The destination's `macHigh`, and `low` its `macLow`: two small integers, where one of
   *   48 bits would be a heap object for each frame.
   */
  send(frame: TransmitFrame, high: number, low: number, etherType: number): SendResult;
  /** As `IpLink.stage`. */
  stage(bytes: number): number;
  room(): number;
  awaitRoom(): void;
  submitted(): number;
  transmitted(): number;
  /** Rings the device's doorbell, if anything was sent. The composition runs it in each turn. */
  flush(): void;
  /** Takes no frames any more and gives its memory back. The device is quiet before. */
  stop(): void;
}

/** The bit of a destination's first two bytes that makes it a group (IEEE 802, 8.2). */
const GROUP_BIT = 0x0100;

/** How long a caller that found no room waits at the most before it is told to try again. */
const ROOM_RETRY_US = 1_000;

class DeviceEthernet implements Ethernet {
  readonly name: string;
  readonly address: MacAddress;
  readonly mtuBytes: number;
  readonly offloads: NetOffloads;
  readonly queueFrames: number;
  readonly counters: EthernetCounters = {
    framesReceived: 0,
    bytesReceived: 0,
    framesSent: 0,
    bytesSent: 0,
    runtFrames: 0,
    foreignFrames: 0,
    unknownTypes: 0,
    transmitFull: 0,
  };
  readonly #device: NetDevice;
  readonly #kernel: Kernel;
  readonly #view: DataView;
  readonly #promiscuous: boolean;
  readonly #limits: EthernetLimits;
  readonly #memory: TransmitMemory;
  readonly #frame: TransmitFrame = createTransmitFrame();
  readonly #protocols = new Map<number, EthernetProtocol>();
  readonly #high: number;
  readonly #low: number;
  /** Our address as a header's words hold it: 4 bytes, and 2 in front of the type. */
  readonly #sourceStart: number;
  readonly #sourceEnd: number;
  // Frames of one type come in rows.
  #lastType = -1;
  #lastProtocol: EthernetProtocol | undefined;
  readonly #accept;
  readonly #roomTimer: TimerEntry;
  #submitted: number;
  #isDirty = false;
  #isRoomAwaited = false;
  #isStopped = false;

  constructor(needs: EthernetNeeds, limits: EthernetLimits) {
    const { device, kernel } = needs;
    const { info } = device;
    this.#device = device;
    this.#kernel = kernel;
    this.#limits = limits;
    this.#promiscuous = needs.promiscuous ?? false;
    this.#view = viewOf(kernel.memory.packet.bytes);
    this.name = info.name;
    this.address = readMac(info.hardwareAddress, 0);
    this.#high = macHigh(this.address);
    this.#low = macLow(this.address);
    this.#sourceStart = (this.#high << 16) | (this.#low >>> 16);
    this.#sourceEnd = this.#low << 16;
    this.mtuBytes = info.mtuBytes;
    this.offloads = info.offloads;
    this.queueFrames = info.transmitQueueFrames;
    this.#submitted = device.transmitted();
    this.#memory = new TransmitMemory(
      kernel,
      `ethernet.${info.name}`,
      info.transmitQueueFrames,
      limits.stageBytes,
      limits.stagedBlocks,
    );
    this.#accept = (offset: number, length: number, offload: ReceiveOffload): void => {
      try {
        this.#input(offset, length, offload);
      } catch (error) {
        this.#rethrowLater(error);
      }
    };
    this.#roomTimer = kernel.timers.create(() => {}, undefined);
    kernel.attach(device, () => this.#drain());
  }

  linkUp(): boolean {
    return this.#device.linkUp();
  }

  register(etherType: number, protocol: EthernetProtocol): void {
    assert(!this.#protocols.has(etherType), `${this.name}: type ${etherType} is registered`);
    this.#protocols.set(etherType, protocol);
    this.#lastType = -1;
  }

  begin(headerBytes: number, headroomBytes: number): TransmitFrame {
    const frame = this.#frame;
    const offset = this.#memory.slot + ETHERNET.HEADER_BYTES + headroomBytes;
    resetFrame(frame, offset, headerBytes);
    return frame;
  }

  send(frame: TransmitFrame, high: number, low: number, etherType: number): SendResult {
    const header = prependHeader(frame, ETHERNET.HEADER_BYTES);
    const view = this.#view;
    view.setUint16(header + ETHERNET.DESTINATION, high);
    view.setInt32(header + ETHERNET.DESTINATION + 2, low);
    view.setInt32(header + ETHERNET.SOURCE, this.#sourceStart);
    view.setInt32(header + ETHERNET.SOURCE + 4, this.#sourceEnd | etherType);
    if (this.#isStopped || !this.#device.transmit(frame)) {
      this.awaitRoom();
      return SEND.FULL;
    }
    this.#memory.advance();
    this.#submitted++;
    this.counters.framesSent++;
    this.counters.bytesSent += frameBytes(frame);
    if (!this.#isDirty) {
      this.#isDirty = true;
      this.#kernel.wake();
    }
    return SEND.OK;
  }

  stage(bytes: number): number {
    const offset = this.#memory.stage(bytes, this.#submitted, this.#device.transmitted());
    if (offset < 0) this.awaitRoom();
    return offset;
  }

  room(): number {
    return this.queueFrames - (this.#submitted - this.#device.transmitted());
  }

  awaitRoom(): void {
    if (this.#isStopped) return;
    this.counters.transmitFull++;
    this.#isRoomAwaited = true;
    // A device announces room after it has refused a frame; memory for payloads it knows nothing of.
    if (this.#roomTimer.deadlineUs === Infinity) {
      this.#roomTimer.set(this.#kernel.nowUs() + ROOM_RETRY_US);
    }
  }

  submitted(): number {
    return this.#submitted;
  }

  transmitted(): number {
    return this.#device.transmitted();
  }

  flush(): void {
    if (!this.#isDirty) return;
    this.#isDirty = false;
    this.#device.flush();
  }

  stop(): void {
    if (this.#isStopped) return;
    this.flush();
    this.#isStopped = true;
    this.#isRoomAwaited = false;
    this.#roomTimer.cancel();
    this.#protocols.clear();
    this.#lastType = -1;
    this.#memory.free();
  }

  #drain(): boolean {
    if (this.#isStopped) return false;
    if (this.#isRoomAwaited) {
      this.#isRoomAwaited = false;
      for (const protocol of this.#protocols.values()) protocol.writable();
    }
    const budget = this.#limits.receiveBatchFrames;
    return this.#device.receive(this.#accept, budget) === budget;
  }

  /**
   * A handler of the application may throw, and `accept` must not: the device would keep its place.
   * The error goes where all that is uncaught goes, once the frames that came with it are done.
   */
  #rethrowLater(error: unknown): void {
    this.#kernel.defer(() => {
      throw error;
    });
  }

  #protocolOf(etherType: number): EthernetProtocol | undefined {
    if (etherType !== this.#lastType) {
      this.#lastType = etherType;
      this.#lastProtocol = this.#protocols.get(etherType);
    }
    return this.#lastProtocol;
  }

  #input(offset: number, length: number, offload: ReceiveOffload): void {
    const { counters } = this;
    counters.framesReceived++;
    counters.bytesReceived += length;
    if (length < ETHERNET.HEADER_BYTES) {
      counters.runtFrames++;
      return;
    }
    const view = this.#view;
    const high = view.getUint16(offset + ETHERNET.DESTINATION);
    const isGroup = (high & GROUP_BIT) !== 0;
    const isOurs = high === this.#high && view.getInt32(offset + 2) === this.#low;
    if (!isOurs && !isGroup && !this.#promiscuous) {
      counters.foreignFrames++;
      return;
    }
    const protocol = this.#protocolOf(view.getUint16(offset + ETHERNET.TYPE));
    if (protocol === undefined) {
      counters.unknownTypes++;
      return;
    }
    if (offset % 4 !== FRAME_ALIGNMENT_OFFSET) refuseFrame(this.name, offset);
    protocol.input(
      offset + ETHERNET.HEADER_BYTES,
      length - ETHERNET.HEADER_BYTES,
      offload,
      isGroup,
    );
  }
}

/** The device has a bug. Apart from the check, so that no text is built for each frame. */
function refuseFrame(name: string, offset: number): never {
  throw new AssertionError(`${name}: a frame at ${offset}`);
}

/**
 * Makes Ethernet over one device and attaches it to the turn.
 *
 * The composition passes `flush` to `kernel.onFlush`, after what still sends at the end of a turn.
 *
 * @throws Error when packet memory has no room for the device's headers.
 */
export function createEthernet(
  needs: EthernetNeeds,
  limits: EthernetLimits = ethernetLimits(needs.kernel.memory.totalBytes),
): Ethernet {
  return new DeviceEthernet(needs, limits);
}
