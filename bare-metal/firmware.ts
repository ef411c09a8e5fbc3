/** Firmware's tables, and the virtio devices in memory that they or the command line name. */
import type { Firmware, VirtioMmioRange } from "../libos/hal/mod.ts";
import type { NativeMachine } from "./native.ts";

/** More slots than this are not looked at; a microvm has 24. */
const SLOTS_MAX = 64;
/** Tags of resource descriptors (ACPI 6.5, 6.4.3.4 and 6.4.3.6). */
const MEMORY32_FIXED = 0x86;
const EXTENDED_INTERRUPT = 0x89;
/** The hardware identifier of a virtio device in memory, as QEMU, crosvm and Firecracker give it. */
const VIRTIO_ID = "LNRO0005";
/** How far behind the identifier a device's resources are looked for. */
const DEVICE_BYTES = 96;

/** `virtio_mmio.device=512@0xfeb00000:5`, the form that Linux defined. */
const DEVICE_KEY = "virtio_mmio.device=";
const DEVICE_WORD =
  /(?:^|\s)virtio_mmio\.device=(?<size>\d+)(?<unit>[KM]?)@(?<base>0x[0-9a-fA-F]+|\d+):(?<line>\d+)/g;

/**
 * Reads the words `virtio_mmio.device=<bytes>[K|M]@<address>:<line>` of a command line.
 *
 * @returns At most 64 ranges, in order; words of another form are not taken.
 */
export function parseVirtioWords(commandLine: string): VirtioMmioRange[] {
  const ranges: VirtioMmioRange[] = [];
  // The expression is compiled where it is used, while somebody waits for the machine.
  if (!commandLine.includes(DEVICE_KEY)) return ranges;
  for (const { groups } of commandLine.matchAll(DEVICE_WORD)) {
    const unit = { "": 1, K: 1024, M: 1024 * 1024 }[groups!["unit"]!]!;
    const range = {
      address: Number(groups!["base"]),
      length: Number(groups!["size"]) * unit,
      interruptLine: Number(groups!["line"]),
    };
    if (ranges.length < SLOTS_MAX && Number.isSafeInteger(range.address)) ranges.push(range);
  }
  return ranges;
}

/**
 * Finds virtio devices in ACPI's definition block.
 *
 * The block is a program, and this is no interpreter: it looks for the identifier of such a device
 * and, behind it, for the two descriptors that say where it is. That holds for every machine that
 * offers such devices through ACPI; what does not look like one is passed over.
 *
 * @param block The whole table `DSDT`.
 * @returns At most 64 ranges, by ascending address.
 */
export function findVirtioDevices(block: Uint8Array): VirtioMmioRange[] {
  const ranges: VirtioMmioRange[] = [];
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  for (let at = find(block, VIRTIO_ID, 0); at >= 0; at = find(block, VIRTIO_ID, at + 1)) {
    const end = Math.min(block.length, at + DEVICE_BYTES);
    const memory = findDescriptor(view, at, end, MEMORY32_FIXED, 9);
    const interrupt = findDescriptor(view, at, end, EXTENDED_INTERRUPT, 6);
    if (memory < 0 || interrupt < 0 || ranges.length === SLOTS_MAX) continue;
    ranges.push({
      address: view.getUint32(memory + 4, true),
      length: view.getUint32(memory + 8, true),
      interruptLine: view.getUint32(interrupt + 5, true),
    });
  }
  return ranges.length < 2 ? ranges : ranges.toSorted((a, b) => a.address - b.address);
}

/** A device that raises ACPI events on machines without the fixed registers (ACPI 6.5, 5.6.9). */
export interface EventDevice {
  /** Of the register that says which events there are, and forgets them when it is read. */
  readonly address: number;
  readonly line: number;
}

/** The identifier of the generic event device, and its register's name in QEMU's definition block. */
const EVENT_DEVICE_ID = "ACPI0013";
const EVENT_REGISTER = "EREG";
/** `OperationRegion (name, SystemMemory, DWord address, …)` (ACPI 6.5, 20.2.5.2). */
const REGION_OPCODE = [0x5b, 0x80] as const;
const SYSTEM_MEMORY = 0;
const DWORD_PREFIX = 0x0c;
const EVENT_DEVICE_BYTES = 256;

/**
 * Finds QEMU's generic event device in ACPI's definition block, as `findVirtioDevices` finds others.
 *
 * @param block The whole table `DSDT`; undefined: there is none.
 */
export function findEventDevice(block: Uint8Array | undefined): EventDevice | undefined {
  if (block === undefined) return undefined;
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const at = find(block, EVENT_DEVICE_ID, 0);
  if (at < 0) return undefined;
  const end = Math.min(block.length, at + EVENT_DEVICE_BYTES);
  const interrupt = findDescriptor(view, at, end, EXTENDED_INTERRUPT, 6);
  const region = findRegion(view, block, at, end);
  if (interrupt < 0 || region < 0) return undefined;
  const line = view.getUint32(interrupt + 5, true);
  return { address: view.getUint32(region, true), line };
}

/** @returns Where the address of the event register lies, or -1. */
function findRegion(view: DataView, block: Uint8Array, from: number, end: number): number {
  for (let at = from; at + 12 <= end; at++) {
    const isRegion =
      view.getUint8(at) === REGION_OPCODE[0] &&
      view.getUint8(at + 1) === REGION_OPCODE[1] &&
      startsWith(block, at + 2, EVENT_REGISTER) &&
      view.getUint8(at + 6) === SYSTEM_MEMORY &&
      view.getUint8(at + 7) === DWORD_PREFIX;
    if (isRegion) return at + 8;
  }
  return -1;
}

/**
 * @returns Where the text is, at `from` or behind it; -1: nowhere. The engine looks for its last
 *   character: a definition block has thousands of bytes, which are looked at while starting, and the
 *   digit at the end of an identifier is rarer in it than the letters before.
 */
function find(block: Uint8Array, text: string, from: number): number {
  const before = text.length - 1;
  const last = text.charCodeAt(before);
  let end = block.indexOf(last, from + before);
  while (end >= 0 && !startsWith(block, end - before, text)) end = block.indexOf(last, end + 1);
  return end < 0 ? -1 : end - before;
}

function startsWith(block: Uint8Array, at: number, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    if (block[at + index] !== text.charCodeAt(index)) return false;
  }
  return true;
}

/** @returns Where a large descriptor with this tag and length begins and lies whole, or -1. */
function findDescriptor(
  view: DataView,
  from: number,
  end: number,
  tag: number,
  length: number,
): number {
  for (let at = from; at + 3 + length <= end; at++) {
    if (view.getUint8(at) === tag && view.getUint16(at + 1, true) === length) return at;
  }
  return -1;
}

/** What the loader and the firmware left. */
export function createFirmware(native: NativeMachine): Firmware {
  const named = parseVirtioWords(native.commandLine);
  const block = named.length > 0 ? undefined : native.firmware.table("DSDT");
  return {
    commandLine: native.commandLine,
    table: (signature) => (signature.length === 4 ? native.firmware.table(signature) : undefined),
    virtioMmio: block === undefined ? named : findVirtioDevices(block),
  };
}
