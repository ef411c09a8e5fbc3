/** The most parts that one frame for transmission may have. */
export const MAX_FRAME_PARTS = 4;

/**
 * Where frames begin in packet memory: 2 bytes past a multiple of 4, so that the IP header behind
 * the 14 bytes of Ethernet is aligned to 4.
 */
export const FRAME_ALIGNMENT_OFFSET = 2;

/** What a device may do for the stack; negotiated when the stack starts, never assumed. */
export interface NetOffloads {
  /** The device completes the transport checksum of a frame that asks for it. */
  readonly transmitChecksum: boolean;
  /**
   * The largest IPv4 packet with TCP that the device cuts into segments itself, in bytes; 0 when
   * it can't. At most 65,535.
   */
  readonly tcp4SegmentationBytes: number;
  /** The device may set `ReceiveOffload.checksumValid`. */
  readonly receiveChecksum: boolean;
  /** The device may hand over TCP segments joined into packets of at most this size; 0: never. */
  readonly largeReceiveBytes: number;
}

/** The fixed properties of a network device. */
export interface NetDeviceInfo {
  /** The device's name, as applications see it: "eth0". */
  readonly name: string;
  /** The 6 bytes of the hardware address. */
  readonly hardwareAddress: Uint8Array;
  /** The largest IP packet that one frame carries, without its 14 bytes of Ethernet header. */
  readonly mtuBytes: number;
  /** How many frames the device holds at the most between `transmit` and `transmitted`. */
  readonly transmitQueueFrames: number;
  readonly offloads: NetOffloads;
}

/**
 * A frame to transmit: up to `MAX_FRAME_PARTS` ranges of packet memory, sent one after another, and
 * what the device is asked to do with it. One object is reused for every frame.
 */
export interface TransmitFrame {
  /** Parts in use, 1 .. `MAX_FRAME_PARTS`. */
  partCount: number;
  /** Offset of each part in packet memory. */
  readonly partOffset: Int32Array;
  /** Length of each part in bytes, >= 1. */
  readonly partLength: Int32Array;
  /** Where the transport checksum begins, in bytes from the frame's start; -1: nothing to do. */
  checksumStart: number;
  /**
   * Where the checksum is stored, in bytes from `checksumStart`. The field holds the folded,
   * not inverted sum of the pseudo-header (as in virtio 1.3, 5.1.6.2).
   */
  checksumOffset: number;
  /** Segmentation: payload bytes for each segment, or 0 for a frame that is sent as it is. */
  segmentBytes: number;
  /** With segmentation: the length of the Ethernet, IP and TCP headers together. */
  headerBytes: number;
}

/** What the device knows about a received frame. One object is reused for every frame. */
export interface ReceiveOffload {
  /** The transport checksum is known to be right (or never crossed a wire), so nobody checks it. */
  checksumValid: boolean;
  /** For a packet joined from several TCP segments: payload bytes of each; else 0. */
  segmentBytes: number;
}

/** Takes one received frame; `offset` and `offload` are valid only during the call. */
export type AcceptFrame = (offset: number, length: number, offload: ReceiveOffload) => void;

/** A network device that carries whole Ethernet frames, without the frame check sequence. */
export interface NetDevice {
  readonly info: NetDeviceInfo;
  /**
   * Hands over frames received since the last call, in order of arrival. Never blocks.
   *
   * A frame lies in packet memory at an offset that is `FRAME_ALIGNMENT_OFFSET` past a multiple
   * of 4. The device takes it back when `accept` returns.
   *
   * @param accept Called once for each frame. 14 <= length <= `mtuBytes` + 14, or more where
   *   `largeReceiveBytes` is offered. It must not throw.
   * @param budget The most frames to hand over, >= 1.
   * @returns The number of frames handed over. If it equals `budget`, there may be more, and
   *   the device does not announce them again by itself: the caller calls again.
   */
  receive(accept: AcceptFrame, budget: number): number;
  /**
   * Queues one frame. The device reads the parts until it counts the frame as transmitted; until
   * then the caller leaves those bytes as they are. The object `frame` itself may be reused at
   * once.
   *
   * @returns True when the frame was taken; false when the queue is full: nothing was taken, and
   *   `onReady` follows when there is room.
   * @throws RangeError when the parts don't lie in packet memory or the frame is too long for the
   *   device: that is a bug of the caller.
   */
  transmit(frame: TransmitFrame): boolean;
  /** Tells the device that a batch is complete (the doorbell). Without it, frames may wait. */
  flush(): void;
  /**
   * How many frames, since the device was made, it has finished with, in the order of their
   * `transmit`: their memory may be reused. It never decreases.
   */
  transmitted(): number;
  /** True while frames can pass at all (the cable, the carrier). */
  linkUp(): boolean;
  /** Sets the one handler for: frames to receive, room to transmit again, a change of `linkUp`. */
  onReady(handler: () => void): void;
}
