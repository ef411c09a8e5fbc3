/**
 * A guest that does nothing: it writes one letter to the serial port and halts. What QEMU and its
 * firmware need for it is no part of any operating system's start.
 */

/** What it writes. */
export const EMPTY_GUEST_SAYS = "!";

const LOAD_ADDRESS = 0x10_0000;
/** The note by which QEMU finds the entry (Xen, PVH boot protocol). */
const PHYS32_ENTRY = 18;
const [ELF_HEADER, PROGRAM_HEADER] = [64, 56];
const [PT_LOAD, PT_NOTE, READ_EXECUTE] = [1, 4, 5];
const NOTE_AT = ELF_HEADER + 2 * PROGRAM_HEADER;
/** Lengths of name and content, the type, the name, an address. */
const NOTE_BYTES = 3 * 4 + 4 + 8;
const CODE_AT = NOTE_AT + NOTE_BYTES;

/** mov dx, 0x3f8; mov al, '!'; out dx, al; hlt; jmp back to hlt: in 32-bit mode. */
const CODE = [0x66, 0xba, 0xf8, 0x03, 0xb0, EMPTY_GUEST_SAYS.charCodeAt(0), 0xee, 0xf4, 0xeb, 0xfd];

/** @returns An ELF file that QEMU boots by `-kernel`. */
export function encodeEmptyGuest(): Uint8Array {
  const bytes = new Uint8Array(CODE_AT + CODE.length);
  const view = new DataView(bytes.buffer);
  const u16 = (at: number, value: number): void => view.setUint16(at, value, true);
  const u32 = (at: number, value: number): void => view.setUint32(at, value, true);
  const u64 = (at: number, value: number): void => view.setBigUint64(at, BigInt(value), true);
  // ELF header: 64 bits, little-endian, version 1; executable, x86-64.
  bytes.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]);
  u16(16, 2);
  u16(18, 62);
  u32(20, 1);
  u64(24, LOAD_ADDRESS + CODE_AT);
  u64(32, ELF_HEADER);
  u16(52, ELF_HEADER);
  u16(54, PROGRAM_HEADER);
  u16(56, 2);
  const program = (at: number, type: number, offset: number, length: number): void => {
    u32(at, type);
    u32(at + 4, READ_EXECUTE);
    u64(at + 8, offset);
    u64(at + 16, LOAD_ADDRESS + offset);
    u64(at + 24, LOAD_ADDRESS + offset);
    u64(at + 32, length);
    u64(at + 40, length);
    u64(at + 48, 4);
  };
  program(ELF_HEADER, PT_LOAD, 0, bytes.length);
  program(ELF_HEADER + PROGRAM_HEADER, PT_NOTE, NOTE_AT, NOTE_BYTES);
  u32(NOTE_AT, 4);
  u32(NOTE_AT + 4, 8);
  u32(NOTE_AT + 8, PHYS32_ENTRY);
  bytes.set([0x58, 0x65, 0x6e, 0], NOTE_AT + 12);
  u64(NOTE_AT + 16, LOAD_ADDRESS + CODE_AT);
  bytes.set(CODE, CODE_AT);
  return bytes;
}
