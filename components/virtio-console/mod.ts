/** virtio-console as a `Console`. */
export {
  createVirtioConsole,
  VIRTIO_CONSOLE_LIMITS,
  type VirtioConsole,
  type VirtioConsoleLimits,
} from "./virtio-console.ts";
