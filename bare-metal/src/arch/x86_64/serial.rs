//! COM1, an ns16550, written by polling: it works before anything else does, and in a trap.

use super::cpu::{in8, out8};
use super::interrupts;

/// The port of COM1's first register.
const COM1: u16 = 0x3f8;
/// The interrupt of COM1 on the ISA bus.
const ISA_INTERRUPT: u8 = 4;
const INTERRUPT_ENABLE: u16 = COM1 + 1;
const FIFO_CONTROL: u16 = COM1 + 2;
const LINE_CONTROL: u16 = COM1 + 3;
const MODEM_CONTROL: u16 = COM1 + 4;
const LINE_STATUS: u16 = COM1 + 5;
const DATA_READY: u8 = 1;
const TRANSMIT_EMPTY: u8 = 1 << 5;
/// Polls before a byte is given up: a port that is not there reads as 0xff and looks empty, one
/// that is stuck must not stop the kernel. A byte takes 87 µs at 115,200 baud.
const POLLS_MAX: u32 = 100_000;

/// 115,200 baud, 8 bits, no parity, FIFOs on.
pub fn start() {
    for (port, value) in [
        (INTERRUPT_ENABLE, 0),
        (LINE_CONTROL, 0x80),
        (COM1, 1),
        (INTERRUPT_ENABLE, 0),
        (LINE_CONTROL, 3),
        (FIFO_CONTROL, 0xc7),
        (MODEM_CONTROL, 0x0b),
    ] {
        // SAFETY: COM1's registers touch no memory.
        unsafe { out8(port, value) };
    }
}

/// Writes all bytes.
pub fn write(bytes: &[u8]) {
    for byte in bytes {
        for _ in 0..POLLS_MAX {
            // SAFETY: as in `start`.
            if unsafe { in8(LINE_STATUS) } & TRANSMIT_EMPTY != 0 {
                break;
            }
        }
        // SAFETY: as in `start`.
        unsafe { out8(COM1, *byte) };
    }
}

/// Takes what was received into `target`; returns how many bytes.
pub fn read(target: &mut [u8]) -> usize {
    let mut count = 0;
    while count < target.len() {
        // SAFETY: as in `start`.
        let status = unsafe { in8(LINE_STATUS) };
        // 0xff: there is no port.
        if status & DATA_READY == 0 || status == 0xff {
            break;
        }
        // SAFETY: as in `start`.
        target[count] = unsafe { in8(COM1) };
        count += 1;
    }
    count
}

/// Asks for an interrupt when bytes were received. Returns the line on which it arrives.
pub fn announce_input() -> u32 {
    // SAFETY: as in `start`.
    unsafe { out8(INTERRUPT_ENABLE, 1) };
    interrupts::isa_line(ISA_INTERRUPT)
}
