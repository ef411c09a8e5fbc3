/** virtio-balloon: pages that the system can spare go to the host, and come back. */
export {
  createVirtioBalloon,
  PAGE_BYTES,
  VIRTIO_BALLOON_LIMITS,
  type PageSource,
  type VirtioBalloon,
  type VirtioBalloonLimits,
} from "./virtio-balloon.ts";
