/**
 * A machine that is emulated: `Machine` on a laptop, with devices that follow their standards, hold
 * the driver to them, and are hostile on demand. See README.md.
 */
import { createRandom, type Random } from "../../host-adapters/shared/random.ts";
import { createPlainSlab, type Slab } from "../../host-adapters/shared/slab.ts";
import type {
  Clock,
  Firmware,
  Machine,
  PacketMemory,
  VirtioMmioRange,
} from "../../libos/hal/mod.ts";
import { EmulatedMmio, EmulatedPorts, type RegisterBlock } from "./bus.ts";
import { DeviceMemory, EmulatedDma } from "./dma.ts";
import { EmulatedInterrupts } from "./interrupts.ts";
import { type EmulatedFunction, EmulatedPciSpace } from "./pci.ts";
import { MmioModel } from "./virtio/mmio-model.ts";
import { PciModel } from "./virtio/pci-model.ts";
import type { VirtioModel } from "./virtio/virtio-model.ts";

/** What a machine needs of its world: virtual time, and jobs in it. A `Simulation` is one. */
export interface MachineWorld {
  readonly nowUs: number;
  at(timeUs: number, job: () => void): void;
}

export interface EmulatedMachineOptions {
  readonly world: MachineWorld;
  readonly seed?: number;
  /** Memory for DMA; default 4 MiB. */
  readonly dmaBytes?: number;
  /** The system's region of packet memory; default 4 MiB. */
  readonly memoryBytes?: number;
  /** Default: a slab of plain TypeScript. */
  readonly slab?: Slab;
  /** Configuration space by ECAM, by ports, or none. Default "ecam". */
  readonly pci?: "ecam" | "ports" | "none";
  /** Message-signalled vectors; default 32. */
  readonly vectors?: number;
  /** Nobody answers at the ports. Default false. */
  readonly hasNoPorts?: boolean;
}

/** Where a virtio device is attached. */
export interface AttachOptions {
  readonly bus: "pci" | "mmio";
  /** On PCI: interrupts by messages. Default true. */
  readonly hasMsix?: boolean;
  /** On PCI: entries of the MSI-X table, and those among them that the device has resources for. */
  readonly vectors?: number;
  readonly acceptedVectors?: number;
  /** The interrupt line; default: one of its own. */
  readonly line?: number;
  /** On PCI: bus << 8 | device << 3 | function; default: the next device of bus 0. */
  readonly address?: number;
}

/** A handler or a job took this long, at the most, until it runs. */
const JOB_DELAY_US = 1;
const BAR_ADDRESS = 0x38_0000_0000;
const TABLE_ADDRESS = 0xfe00_0000;
const MMIO_ADDRESS = 0xfeb0_0000;
const MMIO_BYTES = 0x200;

interface DeviceJob {
  readonly dueUs: number;
  readonly run: () => void;
}

export class EmulatedMachine {
  readonly machine: Machine;
  readonly memory: PacketMemory;
  readonly clock: Clock;
  readonly dma: EmulatedDma;
  readonly mmio: EmulatedMmio;
  readonly ports: EmulatedPorts;
  readonly pci: EmulatedPciSpace;
  readonly interrupts: EmulatedInterrupts;
  readonly random: Random;
  /** What drivers did that they must not, each once. */
  readonly violations: string[] = [];
  readonly schedule: (job: () => void) => void;
  readonly #world: MachineWorld;
  /** What devices will do, in the order in which it was begun. */
  readonly #deviceJobs = new Set<DeviceJob>();
  readonly #virtioMmio: VirtioMmioRange[] = [];
  #nextDevice = 2;
  #isPolled = false;

  constructor(options: EmulatedMachineOptions) {
    const { world, dmaBytes = 2 ** 22, memoryBytes = 2 ** 22 } = options;
    this.#world = world;
    this.random = createRandom(options.seed ?? 1, "machine");
    const slab = options.slab ?? createPlainSlab(dmaBytes + memoryBytes);
    const pool = slab.region(dmaBytes);
    this.memory = slab.region(memoryBytes);
    const report = (what: string): void => this.#report(what);
    this.dma = new EmulatedDma(slab, pool, this.memory, report, () => this.#poll());
    this.mmio = new EmulatedMmio(report);
    this.ports = new EmulatedPorts();
    this.pci = new EmulatedPciSpace(options.pci === "ports" ? 256 : 4096, report);
    this.schedule = (job) => this.after(JOB_DELAY_US, job);
    this.interrupts = new EmulatedInterrupts(options.vectors ?? 32, this.schedule, report);
    const nowUs = (): number => world.nowUs + this.dma.spentUs;
    this.clock = { nowUs, wallUs: () => 1_767_225_600_000_000 + nowUs() };
    const firmware: Firmware = {
      table: () => undefined,
      commandLine: "",
      virtioMmio: this.#virtioMmio,
    };
    this.machine = {
      dma: this.dma,
      mmio: this.mmio,
      interrupts: this.interrupts,
      firmware,
      ...(options.hasNoPorts !== true && { ports: this.ports }),
      ...(options.pci !== "none" && { pci: this.pci }),
    };
  }

  /** Runs a job of the machine: a handler of a driver, or a step of a device. */
  after(delayUs: number, job: () => void): void {
    this.#world.at(this.#world.nowUs + delayUs, () => {
      this.dma.beginJob();
      job();
    });
  }

  /** Plugs a virtio device in. */
  attach(model: VirtioModel, options: AttachOptions): void {
    const index = this.#nextDevice++;
    const report = (what: string): void => this.#report(`device ${index}: ${what}`);
    model.attach({
      memory: new DeviceMemory(this.dma, report),
      random: createRandom(this.random.u32(), `device ${index}`),
      after: (delayUs, job) => this.#afterInDevice(delayUs, job),
      report,
    });
    const line = options.line ?? index;
    if (options.bus === "mmio") {
      const address = MMIO_ADDRESS + index * MMIO_BYTES;
      const block = new MmioModel(model, line, this.interrupts, report);
      this.addMmioSlot(address, block, line);
      return;
    }
    const { function: pciFunction } = new PciModel(model, {
      barAddress: BAR_ADDRESS + index * 0x1_0000,
      tableAddress: TABLE_ADDRESS + index * 0x1000,
      line,
      hasMsix: options.hasMsix ?? true,
      vectors: options.vectors,
      acceptedVectors: options.acceptedVectors,
      interrupts: this.interrupts,
      report,
    });
    this.addFunction(options.address ?? index << 3, pciFunction);
  }

  /** A memory-mapped slot that the firmware tells of. */
  addMmioSlot(address: number, block: RegisterBlock, interruptLine: number): void {
    this.mmio.add({ address, length: MMIO_BYTES, isEnabled: true, block });
    this.#virtioMmio.push({ address, length: MMIO_BYTES, interruptLine });
  }

  addFunction(address: number, pciFunction: EmulatedFunction): void {
    this.pci.add(address, pciFunction);
    for (const range of pciFunction.ranges()) this.mmio.add(range);
  }

  #report(what: string): void {
    if (!this.violations.includes(what)) this.violations.push(what);
  }

  #afterInDevice(delayUs: number, run: () => void): void {
    const job = { dueUs: this.#world.nowUs + delayUs, run };
    this.#deviceJobs.add(job);
    this.after(delayUs, () => {
      if (this.#deviceJobs.delete(job)) run();
    });
  }

  /** Whoever polls waits for as long as it takes: what devices are about to do happens now. */
  #poll(): void {
    // A device that polls itself would never end.
    if (this.#isPolled) return;
    this.#isPolled = true;
    const due = [...this.#deviceJobs].toSorted((a, b) => a.dueUs - b.dueUs);
    for (const job of due) if (this.#deviceJobs.delete(job)) job.run();
    this.#isPolled = false;
  }
}

export function createEmulatedMachine(options: EmulatedMachineOptions): EmulatedMachine {
  return new EmulatedMachine(options);
}
