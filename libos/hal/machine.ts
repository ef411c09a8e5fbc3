/**
 * Raw hardware, for drivers. Only the bare-metal back end and the emulated machine of the tests
 * offer it: a driver turns a `Machine` into devices of a `Hal`, so that it can be developed on a
 * laptop against an emulated device.
 *
 * Addresses of the bus are `number`s: integers below 2^53.
 */
export interface Machine {
  readonly dma: Dma;
  readonly mmio: Mmio;
  /** Absent where the architecture has no port space. */
  readonly ports?: Ports;
  /** Absent where the machine has no PCI (microvm, most boards). */
  readonly pci?: PciSpace;
  readonly interrupts: Interrupts;
  readonly firmware: Firmware;
}

/**
 * Memory that devices can reach, and the way to tell them of it.
 *
 * Each driver has a **pool**, the memory that it took. Its device learns of memory by descriptors, and
 * descriptors lie in **tables**, which JavaScript cannot reach: the back end writes them, and only with
 * ranges that belong to the table's pool, or to the system's region of packet memory, where frames and
 * sectors lie that a driver is given. So a driver that is wrong about an offset or a length gets a
 * RangeError, and its device never gets somebody else's memory.
 *
 * What remains are registers: nobody checks the addresses of queues and of interrupt messages that a
 * driver writes there, since without an IOMMU only the device knows what its registers mean.
 */
export interface Dma {
  /**
   * Opens a pool for one driver.
   *
   * @returns Its number.
   * @throws RangeError when 64 are open.
   */
  openPool(): number;
  /**
   * Takes back all memory and all tables of a pool: only once its device is quiet, or reset.
   */
  closePool(pool: number): void;
  /**
   * Takes physically contiguous, zeroed memory for a pool.
   *
   * @param length Bytes, rounded up to 4096.
   * @param alignment A power of two, 16 .. 65,536.
   * @returns The offset in packet memory, or -1 when there is no room.
   */
  allocate(pool: number, length: number, alignment: number): number;
  /**
   * The address by which devices reach `offset`, for a register.
   *
   * @throws RangeError when the range is neither the pool's nor the system's.
   */
  address(pool: number, offset: number, length: number): number;
  /**
   * Makes a table of zeroed descriptors. A descriptor has 16 bytes, little-endian: an address (u64), a
   * length in bytes (u32) and a word of the driver's (u32), which is written last.
   *
   * @returns Its number, or -1 when there is no room.
   */
  createTable(pool: number, count: number): number;
  /** The address by which devices reach a table, for a register; a multiple of 16. */
  tableAddress(table: number): number;
  /**
   * Writes a descriptor of a range of packet memory.
   *
   * @param index 0 .. count - 1.
   * @param length Bytes, below 2^32.
   * @throws RangeError, without any effect, when the range is neither the pool's nor the system's.
   */
  describe(table: number, index: number, offset: number, length: number, word: number): void;
  /**
   * Writes neighbouring descriptors, of ranges that a list names: one call for a whole frame.
   *
   * @param count Descriptors, 1 .. 64.
   * @param word Of the first one; each further one has `step` more, modulo 2^32, but the last has 0.
   * @throws RangeError as `describe`: then none is written.
   */
  describeAll(
    table: number,
    index: number,
    offsets: Int32Array,
    lengths: Int32Array,
    count: number,
    word: number,
    step: number,
  ): void;
  /**
   * Writes a descriptor of other descriptors: `count` of table `target`, of the same pool.
   *
   * @throws RangeError when there are no such descriptors.
   */
  link(
    table: number,
    index: number,
    target: number,
    first: number,
    count: number,
    word: number,
  ): void;
  /** Reads a descriptor's length (`which` is 2) or its last word (3), which devices write as well. */
  readWord(table: number, index: number, which: 2 | 3): number;
  /** Writes a descriptor's last word. */
  writeWord(table: number, index: number, word: number): void;
  /** Orders writes to DMA memory before a later write to a register or an index. */
  barrier(): void;
}

/** Registers in memory. Every access is exactly one access of exactly that width. */
export interface Mmio {
  /**
   * Makes a range of the bus accessible, uncached.
   *
   * @returns A base to which register offsets are added.
   * @throws RangeError when the range is memory or was not found by enumeration.
   */
  map(address: number, length: number): number;
  read8(at: number): number;
  read16(at: number): number;
  read32(at: number): number;
  write8(at: number, value: number): void;
  write16(at: number, value: number): void;
  write32(at: number, value: number): void;
}

/** The x86 port space: `port` is 0 .. 0xffff. */
export interface Ports {
  in8(port: number): number;
  in16(port: number): number;
  in32(port: number): number;
  out8(port: number, value: number): void;
  out16(port: number, value: number): void;
  out32(port: number, value: number): void;
}

/**
 * PCI configuration space (PCI Express 5.0, 7.5). `function` is bus << 8 | device << 3 | function;
 * `register` is a multiple of the width, below 256, or 4096 where ECAM exists.
 */
export interface PciSpace {
  /** Bytes of configuration space for each function: 256 or 4096. */
  readonly configBytes: 256 | 4096;
  read8(pciFunction: number, register: number): number;
  read16(pciFunction: number, register: number): number;
  read32(pciFunction: number, register: number): number;
  write8(pciFunction: number, register: number, value: number): void;
  write16(pciFunction: number, register: number, value: number): void;
  write32(pciFunction: number, register: number, value: number): void;
}

/** Interrupts as readiness: the back end counts and acknowledges, the handler runs as a job. */
export interface Interrupts {
  /**
   * Takes a message-signalled vector. The device is told to write `data` to `address` (MSI-X).
   *
   * @returns Undefined when no vector is left.
   */
  message(handler: () => void): InterruptMessage | undefined;
  /**
   * Connects a wired line (a GSI on x86). `handler` runs as a job, then the line is unmasked.
   *
   * Devices may share a line: whenever one of them interrupts, the handlers of all run in the order
   * in which they were connected, each as a job of its own, and each looks whether its device it was.
   *
   * @throws RangeError when there is no such line, no source is left, or more than 32 share it.
   */
  line(line: number, handler: () => void): void;
}

/** What a device is told to write in order to interrupt. */
export interface InterruptMessage {
  readonly vector: number;
  readonly address: number;
  readonly data: number;
}

/** Tables that the firmware left: what they say is checked by whoever reads them. */
export interface Firmware {
  /** Tables by signature ("FACP", "MCFG", "APIC") or "fdt" for a device tree, as copies. */
  table(signature: string): Uint8Array | undefined;
  /** The command line that the loader passed, "" when there is none. */
  readonly commandLine: string;
  /** Ranges of memory-mapped virtio devices that the command line or the firmware names. */
  readonly virtioMmio: readonly VirtioMmioRange[];
}

/** One memory-mapped virtio slot (virtio 1.3, 4.2). */
export interface VirtioMmioRange {
  readonly address: number;
  readonly length: number;
  readonly interruptLine: number;
}
