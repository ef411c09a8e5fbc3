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

if (archive.manifest.net) {
  const limits = native.dmaBytes < ROOMY_BYTES ? SMALL : VIRTIO_NET_LIMITS;
  drivers.net = {
    deviceType: DEVICE_TYPE.NET,
    prefix: "eth",
    make: (transport, needs, name) => createVirtioNet(transport, needs, name, limits),
  };
}
