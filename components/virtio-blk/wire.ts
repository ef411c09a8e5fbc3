/** The block device of virtio 1.3, 5.2. */

/** Feature bits (5.2.3). */
export const BLOCK_FEATURE = {
  SIZE_MAX_BIT: 1,
  SEG_MAX_BIT: 2,
  RO_BIT: 5,
  BLK_SIZE_BIT: 6,
  FLUSH_BIT: 9,
  DISCARD_BIT: 13,
} as const;

/** Offsets in the configuration (5.2.4). */
export const BLOCK_CONFIG = {
  CAPACITY: 0,
  SIZE_MAX: 8,
  SEG_MAX: 12,
  BLK_SIZE: 20,
  MAX_DISCARD_SECTORS: 36,
} as const;

/** Types of requests (5.2.6). */
export const REQUEST = { IN: 0, OUT: 1, FLUSH: 4, DISCARD: 11 } as const;

/** What the device writes as the last byte of a request. */
export const REQUEST_STATUS = { OK: 0, NONE: 0xff } as const;

/** The unit of sector numbers in requests, whatever the device's block size is. */
export const SECTOR_BYTES = 512;
