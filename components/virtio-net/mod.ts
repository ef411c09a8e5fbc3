/** virtio-net as a `NetDevice`. */
export { VIRTIO_NET_LIMITS, type VirtioNetLimits } from "./limits.ts";
export { createVirtioNet, type VirtioNet, type VirtioNetCounters } from "./virtio-net.ts";
