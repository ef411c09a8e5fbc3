/** Constants of virtio 1.3 that all devices share. Every field is little-endian (1.4). */

/** Device types (5). */
export const DEVICE_TYPE = { NET: 1, BLOCK: 2, CONSOLE: 3, ENTROPY: 4, BALLOON: 5 } as const;

/** Bits of the device status field (2.1). */
export const STATUS = {
  ACKNOWLEDGE: 1,
  DRIVER: 2,
  DRIVER_OK: 4,
  FEATURES_OK: 8,
  NEEDS_RESET: 64,
  FAILED: 128,
} as const;

/** Bit numbers of features that are not of one device type (6). */
export const FEATURE = {
  INDIRECT_DESC_BIT: 28,
  EVENT_IDX_BIT: 29,
  VERSION_1_BIT: 32,
  ACCESS_PLATFORM_BIT: 33,
  RING_PACKED_BIT: 34,
} as const;

/** Flags of a descriptor (2.7.5, 2.8.1 and 2.8.6). */
export const DESC = { NEXT: 1, WRITE: 2, INDIRECT: 4, AVAIL: 0x80, USED: 0x8000 } as const;

/** Bytes of a descriptor, in both kinds of ring and in indirect tables. */
export const DESC_BYTES = 16;

/** `flags` of the available ring: the driver wants no interrupt (2.7.6). */
export const AVAIL_F_NO_INTERRUPT = 1;
/** `flags` of the used ring: the device wants no notification (2.7.8). */
export const USED_F_NO_NOTIFY = 1;

/** Event flags of a packed ring (2.8.10). */
export const RING_EVENT = { ENABLE: 0, DISABLE: 1, DESC: 2 } as const;

/** The PCI vendor of virtio devices, and their device identifiers (4.1.2). */
export const VIRTIO_PCI = {
  VENDOR: 0x1af4,
  FIRST_MODERN: 0x1040,
  LAST_MODERN: 0x107f,
  FIRST_TRANSITIONAL: 0x1000,
} as const;

/** Offsets in `virtio_pci_cap` (4.1.4). */
export const PCI_CAP = { TYPE: 3, BAR: 4, OFFSET: 8, RANGE: 12, NOTIFY_MULTIPLIER: 16 } as const;

/** `cfg_type` of `virtio_pci_cap` (4.1.4). */
export const PCI_CAP_TYPE = { COMMON: 1, NOTIFY: 2, ISR: 3, DEVICE: 4 } as const;

/** Offsets in `virtio_pci_common_cfg` (4.1.4.3). */
export const COMMON = {
  DEVICE_FEATURE_SELECT: 0x00,
  DEVICE_FEATURE: 0x04,
  DRIVER_FEATURE_SELECT: 0x08,
  DRIVER_FEATURE: 0x0c,
  CONFIG_MSIX_VECTOR: 0x10,
  NUM_QUEUES: 0x12,
  DEVICE_STATUS: 0x14,
  CONFIG_GENERATION: 0x15,
  QUEUE_SELECT: 0x16,
  QUEUE_SIZE: 0x18,
  QUEUE_MSIX_VECTOR: 0x1a,
  QUEUE_ENABLE: 0x1c,
  QUEUE_NOTIFY_OFF: 0x1e,
  QUEUE_DESC: 0x20,
  QUEUE_DRIVER: 0x28,
  QUEUE_DEVICE: 0x30,
  BYTES: 0x38,
} as const;

/** The vector number that means: none (4.1.5.1.2). */
export const NO_VECTOR = 0xffff;

/** Registers of the MMIO transport (4.2.2). */
export const MMIO = {
  MAGIC: 0x000,
  VERSION: 0x004,
  DEVICE_ID: 0x008,
  DEVICE_FEATURES: 0x010,
  DEVICE_FEATURES_SEL: 0x014,
  DRIVER_FEATURES: 0x020,
  DRIVER_FEATURES_SEL: 0x024,
  QUEUE_SEL: 0x030,
  QUEUE_NUM_MAX: 0x034,
  QUEUE_NUM: 0x038,
  QUEUE_READY: 0x044,
  QUEUE_NOTIFY: 0x050,
  INTERRUPT_STATUS: 0x060,
  INTERRUPT_ACK: 0x064,
  STATUS: 0x070,
  QUEUE_DESC: 0x080,
  QUEUE_DRIVER: 0x090,
  QUEUE_DEVICE: 0x0a0,
  CONFIG_GENERATION: 0x0fc,
  CONFIG: 0x100,
} as const;

/** "virt", the version of devices that are not legacy (4.2.2), and that of those that are (4.2.4). */
export const MMIO_MAGIC = 0x7472_6976;
export const MMIO_VERSION = 2;
export const MMIO_LEGACY_VERSION = 1;

/** Bits of the interrupt status, in both transports (4.1.4.5, 4.2.2). */
export const INTERRUPT = { QUEUE: 1, CONFIG: 2 } as const;
