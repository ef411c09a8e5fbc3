/** Block devices. */
import { DEVICE_TYPE } from "../../../components/virtio/mod.ts";
import { createVirtioBlk } from "../../../components/virtio-blk/mod.ts";
import { drivers } from "./devices.ts";

drivers.block = { deviceType: DEVICE_TYPE.BLOCK, prefix: "disk", make: createVirtioBlk };
