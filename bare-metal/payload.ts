/** Makes the payload that the kernel runs (`SPEC.md`). */

/** "libosJS1" */
const MAGIC = Uint8Array.of(0x6c, 0x69, 0x62, 0x6f, 0x73, 0x4a, 0x53, 0x31);
const HEADER_BYTES = 16;
/** The polynomial of IEEE 802.3, reflected. */
const CRC_POLYNOMIAL = 0xedb88320;

/**
 * @param source An ECMAScript module in UTF-8, without NUL.
 * @returns The payload: header, source, NUL.
 * @throws RangeError when the source holds a NUL or has 4 GiB or more.
 */
export function encodePayload(source: Uint8Array): Uint8Array {
  if (source.includes(0)) throw new RangeError("the source of a payload holds no NUL");
  const length = source.length + 1;
  if (length > 0xffff_ffff) throw new RangeError("the source of a payload is below 4 GiB");
  const payload = new Uint8Array(HEADER_BYTES + length);
  payload.set(MAGIC);
  payload.set(source, HEADER_BYTES);
  const view = new DataView(payload.buffer);
  view.setUint32(8, length, true);
  view.setUint32(12, crc32(payload.subarray(HEADER_BYTES)), true);
  return payload;
}

/** CRC-32 as in zlib, by nibbles: payloads are checked once, so a small table is enough. */
export function crc32(bytes: Uint8Array): number {
  const table = new Int32Array(16);
  for (let index = 0; index < 16; index++) {
    let value = index;
    for (let bit = 0; bit < 4; bit++) {
      value = (value & 1) === 1 ? (value >>> 1) ^ CRC_POLYNOMIAL : value >>> 1;
    }
    table[index] = value;
  }
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    crc = (crc >>> 4) ^ table[crc & 15]!;
    crc = (crc >>> 4) ^ table[crc & 15]!;
  }
  return ~crc >>> 0;
}
