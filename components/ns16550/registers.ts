/** Registers of the 16550 (National Semiconductor PC16550D), and ways to reach them. */
import type { Machine } from "../../libos/hal/mod.ts";

/** Registers, while the divisor latch is closed. */
export const UART = {
  /** Read: the next byte of input; written: the next byte of output. */
  DATA: 0,
  INTERRUPT_ENABLE: 1,
  /** Read: which interrupt it is; written: control of the FIFOs. */
  INTERRUPT_ID: 2,
  FIFO_CONTROL: 2,
  LINE_CONTROL: 3,
  MODEM_CONTROL: 4,
  LINE_STATUS: 5,
  SCRATCH: 7,
} as const;

/** With the divisor latch open, in the place of DATA and INTERRUPT_ENABLE. */
export const DIVISOR = { LOW: 0, HIGH: 1 } as const;

export const INTERRUPT_ENABLE = { RECEIVED: 1, TRANSMITTED: 2 } as const;
/** The FIFOs on, both emptied, an interrupt from 8 bytes of input on or after a pause. */
export const FIFO_ON = 0x87;
/** 8 data bits, no parity, 1 stop bit; and the bit that opens the divisor latch. */
export const LINE = { EIGHT_N_ONE: 0x03, DIVISOR_LATCH_MASK: 0x80 } as const;
/** Data terminal ready, request to send, and the gate of the interrupt line on a PC. */
export const MODEM_READY = 0x0b;
export const LINE_STATUS = { RECEIVED_MASK: 0x01, TRANSMIT_EMPTY_MASK: 0x20 } as const;
/** Bytes that the transmit FIFO takes when it is empty. */
export const FIFO_BYTES = 16;
/** Divisor for 115,200 baud from a clock of 1.8432 MHz. */
export const DIVISOR_115200 = 1;

/** Eight registers. */
export interface UartRegisters {
  /** "port 0x3f8", for messages. */
  readonly name: string;
  read(register: number): number;
  write(register: number, value: number): void;
}

/** A UART in the port space: 0x3f8, 0x2f8. @throws RangeError where there are no ports. */
export function portRegisters(machine: Machine, base: number): UartRegisters {
  const { ports } = machine;
  if (ports === undefined) throw new RangeError("this machine has no ports");
  return {
    name: `port 0x${base.toString(16)}`,
    read: (register) => ports.in8(base + register),
    write: (register, value) => ports.out8(base + register, value),
  };
}

/**
 * A UART in memory.
 *
 * @param shift The registers are 2^shift bytes apart.
 * @throws RangeError when it can't be mapped.
 */
export function mmioRegisters(machine: Machine, address: number, shift: number): UartRegisters {
  const { mmio } = machine;
  const base = mmio.map(address, 8 << shift);
  return {
    name: `mmio 0x${address.toString(16)}`,
    read: (register) => mmio.read8(base + (register << shift)),
    write: (register, value) => mmio.write8(base + (register << shift), value),
  };
}
