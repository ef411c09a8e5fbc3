/** virtio-blk as a `BlockDevice`. */
export { VIRTIO_BLK_LIMITS, type VirtioBlkLimits } from "./limits.ts";
export { createVirtioBlk, type VirtioBlk } from "./virtio-blk.ts";
