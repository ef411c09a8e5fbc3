/** Bounds of one virtio block device. */
export interface VirtioBlkLimits {
  /** Requests between `submit` and completion, a power of two; then `submit` refuses. */
  readonly queueRequests: number;
  /** The most bytes of one request; the device may allow less. */
  readonly maxRequestBytes: number;
}

export const VIRTIO_BLK_LIMITS: VirtioBlkLimits = { queueRequests: 64, maxRequestBytes: 1_048_576 };
