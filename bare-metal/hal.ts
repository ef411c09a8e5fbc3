/**
 * The TypeScript side of the bare-metal platform: a `Machine` for drivers and the parts of a `Hal`
 * that need no driver, over the kernel's native functions. The composition adds the devices that
 * drivers make of the machine.
 *
 * Read first: `native.ts` (what the kernel offers), then `jobs.ts` (how handlers are called).
 */
import type {
  BlockDevice,
  Clock,
  Entropy,
  Hal,
  InterruptMessage,
  Interrupts,
  Machine,
  NetDevice,
  PacketMemory,
} from "../libos/hal/mod.ts";
import { createSerialConsole } from "./console.ts";
import { createEntropy } from "./entropy.ts";
import { createFirmware } from "./firmware.ts";
import { Jobs } from "./jobs.ts";
import type { NativeMachine } from "./native.ts";
import { createPower } from "./power.ts";

/** Devices that drivers made of the machine. */
export interface MachineDevices {
  readonly net: readonly NetDevice[];
  readonly block: readonly BlockDevice[];
  /** Sources beside the CPU. */
  readonly entropy?: readonly Entropy[];
  /** Gives the devices back: what they accepted is finished, then they are reset. Idempotent. */
  close?(): void;
}

/** A machine, and the platform that it becomes. */
export interface BareMetal {
  readonly machine: Machine;
  /** Packet memory, which drivers share with the system. */
  readonly memory: PacketMemory;
  /** Time, for drivers that wait. */
  readonly clock: Clock;
  /** Runs a job as the platform runs handlers: soon, on an empty stack. At most 256 wait. */
  schedule(job: () => void): void;
  /**
   * Makes the platform. Call it once.
   *
   * @param devices In the order in which the system names them.
   */
  createHal(devices: MachineDevices): Hal;
}

/** Makes the machine over the kernel's global `machine`. Call it once in the life of an image. */
export function createBareMetal(native: NativeMachine): BareMetal {
  const jobs = new Jobs(native);
  const memory = createPacketMemory(native);
  return {
    machine: createMachine(native, jobs),
    memory,
    clock: native.clock,
    schedule: (job) => jobs.post(job),
    createHal: (devices) => createHal(native, jobs, memory, devices),
  };
}

function createHal(
  native: NativeMachine,
  jobs: Jobs,
  memory: PacketMemory,
  devices: MachineDevices,
): Hal {
  const close = (): void => {
    jobs.close();
    devices.close?.();
  };
  return {
    platform: { name: "bare-metal", engine: native.engine, arch: native.arch },
    memory,
    heapState: native.heapState,
    bytes: native.text,
    clock: native.clock,
    timer: jobs.timer,
    entropy: createEntropy(native, devices.entropy ?? []),
    console: createSerialConsole(native, jobs),
    power: createPower(native, jobs, close),
    net: devices.net,
    block: devices.block,
    shares: [],
    close,
  };
}

/** The slab with the kernel's native primitives; the part for devices lies before the region. */
function createPacketMemory(native: NativeMachine): PacketMemory {
  return {
    bytes: native.packetBytes,
    regionOffset: native.dmaBytes,
    regionBytes: native.packetBytes.length - native.dmaBytes,
    ...native.memory,
  };
}

function createMachine(native: NativeMachine, jobs: Jobs): Machine {
  const { pciConfigBytes } = native;
  return {
    dma: native.dma,
    mmio: native.mmio,
    interrupts: createInterrupts(native, jobs),
    firmware: createFirmware(native),
    ...(native.hasPorts && { ports: native.ports }),
    ...((pciConfigBytes === 256 || pciConfigBytes === 4096) && {
      pci: { configBytes: pciConfigBytes, ...native.pci },
    }),
  };
}

function createInterrupts(native: NativeMachine, jobs: Jobs): Interrupts {
  return {
    message: (handler): InterruptMessage | undefined => {
      const message = new Uint8Array(16);
      const source = native.interrupts.message(message);
      if (source < 0) return undefined;
      jobs.onSource(source, handler);
      const view = new DataView(message.buffer);
      const address = view.getUint32(0, true) + view.getUint32(4, true) * 0x1_0000_0000;
      return { vector: source, address, data: view.getUint32(8, true) };
    },
    line: (line, handler) => {
      const source = native.interrupts.line(line);
      if (source < 0) throw new RangeError(`there is no interrupt line ${line}`);
      jobs.onSource(source, handler);
    },
  };
}
