/** Power: ending, and the ACPI power button as a request to end. */
import type { Power } from "../libos/hal/mod.ts";
import type { Jobs } from "./jobs.ts";
import { findEventDevice } from "./firmware.ts";
import type { NativeMachine } from "./native.ts";

/** The power button's bit in PM1 status and PM1 enable (ACPI 6.5, 4.8.3.1). */
const POWER_BUTTON = 1 << 8;
const FLAG_HARDWARE_REDUCED = 1 << 20;
/** The power button's bit in the event register of QEMU's generic event device. */
const EVENT_POWER_BUTTON = 2;

/** Where the power button's event is found. */
interface ButtonRegisters {
  readonly status: number;
  readonly enable: number;
  readonly line: number;
}

/**
 * Reads the fixed description table (ACPI 6.5, 5.2.9).
 *
 * @returns Undefined where there is no fixed power button: no table, or hardware-reduced ACPI.
 */
export function findPowerButton(table: Uint8Array | undefined): ButtonRegisters | undefined {
  if (table === undefined || table.length < 116) return undefined;
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const status = view.getUint32(56, true);
  const eventBytes = view.getUint8(88);
  if ((view.getUint32(112, true) & FLAG_HARDWARE_REDUCED) !== 0 || status === 0) return undefined;
  if (eventBytes < 4 || status + eventBytes > 0x10000) return undefined;
  return { status, enable: status + eventBytes / 2, line: view.getUint16(46, true) };
}

/** Makes power over the kernel's. */
export function createPower(native: NativeMachine, jobs: Jobs, close: () => void): Power {
  return {
    off: (exitCode) => {
      close();
      native.power.off(exitCode);
    },
    reset: () => {
      close();
      native.power.reset();
    },
    onRequest: (handler) => {
      if (!connectFixedButton(native, jobs, handler)) connectEventDevice(native, jobs, handler);
    },
  };
}

/** @returns False where the machine has no such button. */
function connectFixedButton(native: NativeMachine, jobs: Jobs, handler: () => void): boolean {
  const button = findPowerButton(native.firmware.table("FACP"));
  if (button === undefined || !native.hasPorts) return false;
  const source = native.interrupts.line(button.line);
  if (source < 0) return false;
  const { ports } = native;
  ports.out16(button.status, POWER_BUTTON);
  ports.out16(button.enable, ports.in16(button.enable) | POWER_BUTTON);
  jobs.onSource(source, () => {
    if ((ports.in16(button.status) & POWER_BUTTON) === 0) return;
    // Written as 1, the status bit is cleared.
    ports.out16(button.status, POWER_BUTTON);
    handler();
  });
  return true;
}

/** The button of machines with hardware-reduced ACPI, a microvm among them. */
function connectEventDevice(native: NativeMachine, jobs: Jobs, handler: () => void): void {
  const device = findEventDevice(native.firmware.table("DSDT"));
  if (device === undefined) return;
  let register: number;
  try {
    register = native.mmio.map(device.address, 4);
  } catch {
    // What looked like an event device is none.
    return;
  }
  const source = native.interrupts.line(device.line);
  if (source < 0) return;
  jobs.onSource(source, () => {
    if ((native.mmio.read32(register) & EVENT_POWER_BUTTON) !== 0) handler();
  });
}
