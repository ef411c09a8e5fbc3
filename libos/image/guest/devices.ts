/** The devices of the machine: buses are enumerated, and each device gets its driver. */
import type { BareMetal, MachineDevices } from "../../../bare-metal/hal.ts";
import { DEVICE_TYPE, DeviceError, findVirtioDevices } from "../../../components/virtio/mod.ts";
import type { DriverNeeds, VirtioTransport } from "../../../components/virtio/mod.ts";
import { createVirtioBlk, type VirtioBlk } from "../../../components/virtio-blk/mod.ts";
import { createVirtioNet, type VirtioNet } from "../../../components/virtio-net/mod.ts";

/** Devices of one kind that an image uses; further ones are left alone. */
const MAX_DEVICES = 8;

/** What is opened, and who is told. */
export interface DeviceChoice {
  /** Whether the application has a network. */
  readonly net: boolean;
  /** Told, as one line, why a device is not used. */
  readonly report: (line: string) => void;
  /** Offered each device that has no driver here. */
  readonly other: (transport: VirtioTransport, needs: DriverNeeds) => void;
}

/** Opens every device that has a driver: eth0, eth1, … and disk0, …, in the order of the buses. */
export function openDevices(bareMetal: BareMetal, choice: DeviceChoice): MachineDevices {
  const { report } = choice;
  const needs: DriverNeeds = { ...bareMetal, report };
  const net: VirtioNet[] = [];
  const block: VirtioBlk[] = [];
  const open = <Device>(list: Device[], prefix: string, make: (name: string) => Device): void => {
    if (list.length >= MAX_DEVICES) return;
    try {
      list.push(make(`${prefix}${list.length}`));
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      report(`libos: ${error.message}`);
    }
  };
  for (const transport of findVirtioDevices(bareMetal.machine, report)) {
    if (transport.deviceType === DEVICE_TYPE.NET && choice.net) {
      open(net, "eth", (name) => createVirtioNet(transport, needs, name));
    } else if (transport.deviceType === DEVICE_TYPE.BLOCK) {
      open(block, "disk", (name) => createVirtioBlk(transport, needs, name));
    } else {
      choice.other(transport, needs);
    }
  }
  return {
    net,
    block,
    close(): void {
      for (const device of [...net, ...block]) device.close();
    },
  };
}
