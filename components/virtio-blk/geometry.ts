import { DeviceError, type VirtioDevice } from "../virtio/mod.ts";
import type { VirtioBlkLimits } from "./limits.ts";
import { BLOCK_CONFIG, BLOCK_FEATURE, SECTOR_BYTES } from "./wire.ts";

/** What the device's configuration says (5.2.4), checked. */
export interface Geometry {
  readonly sectorBytes: number;
  readonly sectorCount: number;
  /** The most bytes of one part of a request. */
  readonly partBytes: number;
  /** The most parts of data in one request. */
  readonly dataParts: number;
  readonly maxRequestSectors: number;
  /** The most sectors that one discard may name; 0: the device discards nothing. */
  readonly maxDiscardSectors: number;
}

const LARGE_SECTOR_BYTES = 4096;
/** Parts of data that a request has at the most, where the device wants them short. */
const MAX_DATA_PARTS = 32;

/** @throws DeviceError for a device that no request could be made for. */
export function readGeometry(device: VirtioDevice, limits: VirtioBlkLimits): Geometry {
  const { name } = device.transport;
  const read = (bit: number, at: number): number | undefined =>
    device.has(bit) ? device.transport.readConfig32(at) : undefined;
  const [capacity, blockBytes, sizeMax, partsMax, discardMax] = device.readConfig(
    (from) =>
      [
        from.readConfig32(BLOCK_CONFIG.CAPACITY) +
          from.readConfig32(BLOCK_CONFIG.CAPACITY + 4) * 2 ** 32,
        read(BLOCK_FEATURE.BLK_SIZE_BIT, BLOCK_CONFIG.BLK_SIZE) ?? SECTOR_BYTES,
        read(BLOCK_FEATURE.SIZE_MAX_BIT, BLOCK_CONFIG.SIZE_MAX),
        read(BLOCK_FEATURE.SEG_MAX_BIT, BLOCK_CONFIG.SEG_MAX),
        read(BLOCK_FEATURE.DISCARD_BIT, BLOCK_CONFIG.MAX_DISCARD_SECTORS) ?? 0,
      ] as const,
  );
  // Blocks of 1 or 2 KiB are kept whole by sectors of 4 KiB.
  const sectorBytes = blockBytes <= SECTOR_BYTES ? SECTOR_BYTES : LARGE_SECTOR_BYTES;
  const sectorCount = Math.floor(capacity / (sectorBytes / SECTOR_BYTES));
  if (blockBytes > LARGE_SECTOR_BYTES)
    throw new DeviceError(`${name}: blocks of ${blockBytes} bytes`);
  if (sectorCount < 1 || !Number.isSafeInteger(capacity * SECTOR_BYTES)) {
    throw new DeviceError(`${name}: a disk of ${capacity} sectors`);
  }
  // Without SIZE_MAX a part is as long as one likes.
  const partBytes = Math.min(sizeMax ?? limits.maxRequestBytes, limits.maxRequestBytes);
  const dataParts =
    sizeMax === undefined ? 1 : Math.max(1, Math.min(partsMax ?? 1, MAX_DATA_PARTS));
  const requestBytes = Math.min(limits.maxRequestBytes, partBytes * dataParts);
  const maxRequestSectors = Math.floor(requestBytes / sectorBytes);
  if (maxRequestSectors < 1) throw new DeviceError(`${name}: parts of ${partBytes} bytes`);
  return {
    sectorBytes,
    sectorCount,
    partBytes,
    dataParts,
    maxRequestSectors,
    maxDiscardSectors: Math.floor((discardMax * SECTOR_BYTES) / sectorBytes),
  };
}
