/** virtio-rng as an `Entropy`. */
export {
  createVirtioRng,
  VIRTIO_RNG_LIMITS,
  type VirtioRng,
  type VirtioRngLimits,
} from "./virtio-rng.ts";
