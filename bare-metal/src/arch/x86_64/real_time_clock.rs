//! The MC146818's registers, behind ports 0x70 and 0x71.

use super::cpu::{in8, out8};
use crate::wall_time::{Calendar, RawClock, decode};

const REGISTERS: [u8; 8] = [0, 2, 4, 7, 8, 9, 0x32, 0x0b];
const STATUS_A: u8 = 0x0a;
const UPDATE_IN_PROGRESS: u8 = 1 << 7;
/// An update takes 2 ms at most; a clock that never settles is no clock.
const POLLS_MAX: u32 = 100_000;

fn register(index: u8) -> u8 {
    // SAFETY: the clock's registers touch no memory. Bit 7 of the index, which would mask the
    // non-maskable interrupt, stays clear.
    unsafe {
        out8(0x70, index);
        in8(0x71)
    }
}

fn registers() -> RawClock {
    REGISTERS.map(register)
}

/// Reads the time; `None` where there is no clock. Two equal readings in a row are one time.
pub fn read() -> Option<Calendar> {
    let mut previous = None;
    for _ in 0..POLLS_MAX {
        if register(STATUS_A) & UPDATE_IN_PROGRESS != 0 {
            previous = None;
            continue;
        }
        let now = registers();
        if previous == Some(now) {
            return decode(now);
        }
        previous = Some(now);
    }
    None
}

/// Reads the time without waiting; `None` while it changes, and where there is no clock.
pub fn look() -> Option<Calendar> {
    let is_quiet = || register(STATUS_A) & UPDATE_IN_PROGRESS == 0;
    // An update lasts longer than this reading, so that one look before and one after see it.
    let now = is_quiet().then(registers)?;
    (is_quiet() && register(0) == now[0]).then(|| decode(now)).flatten()
}
