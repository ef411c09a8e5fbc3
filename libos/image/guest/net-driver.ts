/** Network devices. */
import { DEVICE_TYPE } from "../../../components/virtio/mod.ts";
import {
  createVirtioNet,
  VIRTIO_NET_LIMITS,
  type VirtioNetLimits,
} from "../../../components/virtio-net/mod.ts";
import { drivers } from "./devices.ts";
import { native } from "./machine.ts";
import { archive } from "./manifest.ts";

/** With less memory for devices than this, a card has a quarter of its buffers. */
const ROOMY_BYTES = 1 << 20;
/** Buffers of 2 KiB: too few for the device to join segments, which saves another 64 KiB. */
const SMALL: VirtioNetLimits = { ...VIRTIO_NET_LIMITS, receiveBuffers: 32, transmitFrames: 64 };

/** With less than this, as in a machine of 3 MiB, half of those: frames that come faster wait in the device. */
const NARROW_BYTES = 96 << 10;
const TINY: VirtioNetLimits = { ...SMALL, receiveBuffers: 16, transmitFrames: 32 };

/** From this on a card has a megabyte of buffers: a packet of 64 KiB takes 4 of them, and not 33. */
const WIDE_BYTES = 4 << 20;
const WIDE: VirtioNetLimits = { ...VIRTIO_NET_LIMITS, receiveBuffers: 64, bufferBytes: 16_384 };

function limitsFor(dmaBytes: number): VirtioNetLimits {
  if (dmaBytes < NARROW_BYTES) return TINY;
  if (dmaBytes < ROOMY_BYTES) return SMALL;
  return dmaBytes < WIDE_BYTES ? VIRTIO_NET_LIMITS : WIDE;
}

if (archive.manifest.net) {
  const limits = limitsFor(native.dmaBytes);
  drivers.net = {
    deviceType: DEVICE_TYPE.NET,
    prefix: "eth",
    make: (transport, needs, name) => createVirtioNet(transport, needs, name, limits),
  };
}
