/** The devices of the machine: buses are enumerated, and each device gets its driver. */
import type { BareMetal, MachineDevices } from "../../../bare-metal/hal.ts";
import { DEVICE_TYPE, DeviceError, findVirtioDevices } from "../../../components/virtio/mod.ts";
import type { DriverNeeds } from "../../../components/virtio/mod.ts";
import { createVirtioNet } from "../../../components/virtio-net/mod.ts";
import type { Clock, NetDevice } from "../../hal/mod.ts";

/** Network devices that an image uses; further ones are left alone. */
const MAX_NET_DEVICES = 8;

/**
 * Opens every network device that has a driver, as eth0, eth1, … in the order of the buses.
 *
 * @param report Told, as one line, why a device is not used.
 */
export function openDevices(
  { machine, memory, schedule }: BareMetal,
  clock: Clock,
  report: (line: string) => void,
): MachineDevices {
  const needs: DriverNeeds = { machine, memory, clock, schedule, report };
  const net: NetDevice[] = [];
  for (const transport of findVirtioDevices(machine, report)) {
    if (transport.deviceType !== DEVICE_TYPE.NET || net.length >= MAX_NET_DEVICES) continue;
    try {
      net.push(createVirtioNet(transport, needs, `eth${net.length}`));
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      report(`libos: ${error.message}`);
    }
  }
  return { net, block: [] };
}
