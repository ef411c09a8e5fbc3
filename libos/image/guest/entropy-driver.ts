/** Entropy devices, for parts of the system that stand on unpredictable numbers. */
import { DEVICE_TYPE, VIRTIO_LIMITS } from "../../../components/virtio/mod.ts";
import { createVirtioRng } from "../../../components/virtio-rng/mod.ts";
import { drivers } from "./devices.ts";
import { machineParts } from "./parts.ts";

/** For a device that does not answer: nobody waits for longer. */
const WAIT_US = 1_000_000;
const LIMITS = { ...VIRTIO_LIMITS, waitUs: WAIT_US };

drivers.entropy = {
  deviceType: DEVICE_TYPE.ENTROPY,
  prefix: "rng",
  make: (transport, needs) => createVirtioRng(transport, needs, undefined, LIMITS),
};
machineParts.needsEntropy = true;
