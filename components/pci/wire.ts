/** Registers of PCI configuration space (PCI Local Bus 3.0, 6.1 and 6.2; PCI Express 5.0, 7.5.1). */
export const PCI = {
  VENDOR_ID: 0x00,
  DEVICE_ID: 0x02,
  COMMAND: 0x04,
  STATUS: 0x06,
  REVISION_AND_CLASS: 0x08,
  HEADER_TYPE: 0x0e,
  BAR_0: 0x10,
  SECONDARY_BUS: 0x19,
  CAPABILITIES: 0x34,
  /** Line, and pin << 8. */
  INTERRUPT: 0x3c,
} as const;

/** What reads of a function that is not there give. */
export const NO_VENDOR = 0xffff;

/** Bits of `PCI.COMMAND`. */
export const COMMAND = {
  IO_MASK: 0x0001,
  MEMORY_MASK: 0x0002,
  BUS_MASTER_MASK: 0x0004,
  INTX_DISABLE_MASK: 0x0400,
} as const;

/** Bit of `PCI.STATUS`: there is a list of capabilities. */
export const STATUS_CAPABILITIES_MASK = 0x0010;

export const HEADER = { MULTI_FUNCTION_MASK: 0x80, TYPE_MASK: 0x7f, BRIDGE: 1 } as const;

/** The lowest bits of a base address register. */
export const BAR = {
  IO_MASK: 0x1,
  TYPE_MASK: 0x6,
  TYPE_64: 0x4,
  IO_FLAGS_MASK: 0x3,
  MEMORY_FLAGS_MASK: 0xf,
} as const;

/** Identifiers of capabilities that libos uses. */
export const CAPABILITY = { VENDOR: 0x09, MSI_X: 0x11 } as const;

/** The MSI-X capability and an entry of its table (PCI Express 5.0, 7.7.2). */
export const MSIX = {
  CONTROL: 2,
  TABLE: 4,
  SIZE_MASK: 0x07ff,
  FUNCTION_MASK: 0x4000,
  ENABLE_MASK: 0x8000,
  BIR_MASK: 0x7,
  ENTRY_BYTES: 16,
  ENTRY_ADDRESS_LOW: 0,
  ENTRY_ADDRESS_HIGH: 4,
  ENTRY_DATA: 8,
  ENTRY_CONTROL: 12,
} as const;
