/** The devices of the machine: buses are enumerated, and each device gets its driver. */
import type { MachineDevices } from "../../../bare-metal/hal.ts";
import { DeviceError, findVirtioDevices } from "../../../components/virtio/mod.ts";
import type { DriverNeeds, VirtioTransport } from "../../../components/virtio/mod.ts";
import type { BlockDevice, Entropy, NetDevice } from "../../hal/mod.ts";
import { bareMetal, observer } from "./machine.ts";
import { machineParts } from "./parts.ts";

/** Devices of one kind that an image uses; further ones are left alone. */
const MAX_DEVICES = 8;

interface Closable {
  close(): void;
}

/** One kind of device. */
export interface DriverKind<Device> {
  /** "eth": devices are eth0, eth1, … in the order of the buses. */
  readonly prefix: string;
  /** @throws DeviceError where the device can't be used. */
  make(transport: VirtioTransport, needs: DriverNeeds, name: string): Device & Closable;
}

/** Drivers by the device types of virtio; `net-driver.ts` and its neighbours fill them in. */
export const drivers: {
  net?: DriverKind<NetDevice> & { readonly deviceType: number };
  block?: DriverKind<BlockDevice> & { readonly deviceType: number };
  entropy?: DriverKind<Entropy> & { readonly deviceType: number };
  /** A device that is driven once there is a system: `balloon.ts`. */
  balloon?: {
    readonly deviceType: number;
    offer(transport: VirtioTransport, needs: DriverNeeds): void;
  };
} = {};

machineParts.openDevices = (report): MachineDevices => {
  const needs: DriverNeeds = { ...bareMetal, report };
  const net: (NetDevice & Closable)[] = [];
  const block: (BlockDevice & Closable)[] = [];
  const entropy: (Entropy & Closable)[] = [];
  const open = <Device>(
    list: (Device & Closable)[],
    kind: DriverKind<Device>,
    transport: VirtioTransport,
  ): void => {
    if (list.length >= MAX_DEVICES) return;
    try {
      list.push(kind.make(transport, needs, `${kind.prefix}${list.length}`));
    } catch (error) {
      if (!(error instanceof DeviceError)) throw error;
      report(`libos: ${error.message}`);
    }
  };
  const tell = (line: string): void => report(`libos: ${line}`);
  for (const transport of findVirtioDevices(bareMetal.machine, tell)) {
    const { deviceType } = transport;
    if (deviceType === drivers.net?.deviceType) open(net, drivers.net, transport);
    else if (deviceType === drivers.block?.deviceType) open(block, drivers.block, transport);
    else if (deviceType === drivers.entropy?.deviceType) open(entropy, drivers.entropy, transport);
    else if (deviceType === drivers.balloon?.deviceType) drivers.balloon.offer(transport, needs);
    else observer.offer(transport, needs);
  }
  return {
    net,
    block,
    entropy,
    close(): void {
      for (const device of [...net, ...block, ...entropy]) device.close();
    },
  };
};
