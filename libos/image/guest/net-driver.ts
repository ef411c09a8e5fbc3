/** Network devices. */
import { DEVICE_TYPE } from "../../../components/virtio/mod.ts";
import { createVirtioNet } from "../../../components/virtio-net/mod.ts";
import { drivers } from "./devices.ts";
import { archive } from "./manifest.ts";

if (archive.manifest.net) {
  drivers.net = { deviceType: DEVICE_TYPE.NET, prefix: "eth", make: createVirtioNet };
}
