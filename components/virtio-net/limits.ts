/** Bounds of one virtio network device. */
export interface VirtioNetLimits {
  /**
   * Buffers for received frames, for each queue pair: a power of two, 2 .. 32,768. Beyond what they
   * hold, frames wait in the device, which drops them at its own bound. Large receive needs 64 KiB
   * in buffers, and is not negotiated with less.
   */
  readonly receiveBuffers: number;
  /**
   * Bytes of one such buffer where the device merges them: a power of two, 2,048 .. 65,536. A packet
   * that the device has joined takes as many as it needs, each of which costs a turn of a loop; a
   * small one takes one. Without merging a buffer holds what the MTU says.
   */
  readonly bufferBytes: number;
  /** Frames between `transmit` and `transmitted`, a power of two; then `transmit` refuses. */
  readonly transmitFrames: number;
  /** The largest MTU that the driver accepts; a larger one of the device is not used. */
  readonly maxMtuBytes: number;
}

export const VIRTIO_NET_LIMITS: VirtioNetLimits = {
  receiveBuffers: 128,
  bufferBytes: 2048,
  transmitFrames: 256,
  maxMtuBytes: 9000,
};

/** Bounds of a driver that uses several queue pairs. */
export interface MultiqueueLimits {
  /**
   * Queue pairs, where the device offers several: 1 .. 256. Each costs its buffers, and one processor
   * gains nothing by a second one.
   */
  readonly queuePairs: number;
}
