/** virtio-net as a `NetDevice`. */
export { VIRTIO_NET_LIMITS, type MultiqueueLimits, type VirtioNetLimits } from "./limits.ts";
export { severalPairs, type Multiqueue } from "./multiqueue.ts";
export { createVirtioNet, type VirtioNet, type VirtioNetCounters } from "./virtio-net.ts";
