/** Finds the memory balloon; `balloon.ts` drives it, when there is memory to take from. */
import { DEVICE_TYPE } from "../../../components/virtio/mod.ts";
import type { DriverNeeds, VirtioTransport } from "../../../components/virtio/mod.ts";
import { drivers } from "./devices.ts";

/** The first balloon of the machine; further ones are left alone. */
export const found: { device?: { transport: VirtioTransport; needs: DriverNeeds } } = {};

drivers.balloon = {
  deviceType: DEVICE_TYPE.BALLOON,
  offer(transport, needs) {
    found.device ??= { transport, needs };
  },
};
