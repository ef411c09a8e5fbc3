/** Makes the payload that the kernel runs (`SPEC.md`). */

/** "libosJS1" */
const MAGIC = Uint8Array.of(0x6c, 0x69, 0x62, 0x6f, 0x73, 0x4a, 0x53, 0x31);
/** "libosBC1" */
const BYTECODE_MAGIC = Uint8Array.of(0x6c, 0x69, 0x62, 0x6f, 0x73, 0x42, 0x43, 0x31);
/** "libosFS1" */
const ATTACHMENT_MAGIC = Uint8Array.of(0x6c, 0x69, 0x62, 0x6f, 0x73, 0x46, 0x53, 0x31);
/** Of the source and of the attachment alike. */
const HEADER_BYTES = 16;
const ATTACHMENT_ALIGNMENT = 8;
/** The polynomial of IEEE 802.3, reflected. */
const CRC_POLYNOMIAL = 0xedb88320;

/**
 * @param source An ECMAScript module in UTF-8, without NUL.
 * @param attachment What JavaScript finds as `machine.attachment`; default: none.
 * @returns The payload: header, source, NUL; then the attachment with a header of its own.
 * @throws RangeError when the source holds a NUL, or it or the attachment has 4 GiB or more.
 */
export function encodePayload(source: Uint8Array, attachment?: Uint8Array): Uint8Array {
  if (source.includes(0)) throw new RangeError("the source of a payload holds no NUL");
  const terminated = new Uint8Array(source.length + 1);
  terminated.set(source);
  return encode(MAGIC, terminated, attachment);
}

/**
 * @param bytecode What the engine's compiler made of a module, for exactly this kernel.
 * @param attachment As for `encodePayload`.
 * @returns The payload: header and bytecode; then the attachment with a header of its own.
 * @throws RangeError when the bytecode or the attachment has 4 GiB or more.
 */
export function encodeBytecodePayload(bytecode: Uint8Array, attachment?: Uint8Array): Uint8Array {
  return encode(BYTECODE_MAGIC, bytecode, attachment);
}

function encode(magic: Uint8Array, program: Uint8Array, attachment?: Uint8Array): Uint8Array {
  const { length } = program;
  if (length > 0xffff_ffff || (attachment?.length ?? 0) > 0xffff_ffff) {
    throw new RangeError("a payload's program and its attachment are below 4 GiB each");
  }
  const end = HEADER_BYTES + length;
  const attachmentAt = Math.ceil(end / ATTACHMENT_ALIGNMENT) * ATTACHMENT_ALIGNMENT;
  const payload = new Uint8Array(
    attachment === undefined ? end : attachmentAt + HEADER_BYTES + attachment.length,
  );
  payload.set(program, HEADER_BYTES);
  writeHeader(payload, 0, magic, length);
  if (attachment !== undefined) {
    payload.set(attachment, attachmentAt + HEADER_BYTES);
    writeHeader(payload, attachmentAt, ATTACHMENT_MAGIC, attachment.length);
  }
  return payload;
}

/** Writes the header at `at`, of the `length` bytes that follow it already. */
function writeHeader(payload: Uint8Array, at: number, magic: Uint8Array, length: number): void {
  const body = at + HEADER_BYTES;
  const view = new DataView(payload.buffer);
  payload.set(magic, at);
  view.setUint32(at + 8, length, true);
  view.setUint32(at + 12, crc32(payload.subarray(body, body + length)), true);
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
