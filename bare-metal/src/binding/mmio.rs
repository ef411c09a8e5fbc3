//! Registers of devices in memory. What was mapped is remembered, and nothing else is reached.

use super::word;
use crate::arch;
use crate::boot::memory_map::Range;
use crate::engine::{Answer, Call, Outcome, Thrown};
use crate::one_cpu::OneCpu;
use core::cell::RefCell;

/// The most ranges that drivers may map together.
const RANGES_MAX: usize = 64;
/// The longest range: larger BARs are frame buffers, which no driver of ours has.
const LENGTH_MAX: u64 = 64 << 20;

struct Mapped {
    ranges: [Range; RANGES_MAX],
    count: usize,
    /// The range of the last access: drivers stay with one for long.
    last: usize,
}

static MAPPED: OneCpu<RefCell<Mapped>> = OneCpu::new(RefCell::new(Mapped {
    ranges: [Range { start: 0, end: 0 }; RANGES_MAX],
    count: 0,
    last: 0,
}));

/// `map(address, length)`: registers keep their physical address.
pub(super) fn map<C: Call>(call: &C) -> Outcome {
    let start = call.integer(0, u64::MAX)?;
    let length = call.integer(1, LENGTH_MAX)?;
    let range = Range::of(start, length);
    let mut mapped = MAPPED.borrow_mut();
    if mapped.count == RANGES_MAX {
        return Err(Thrown::Range("too many ranges are mapped"));
    }
    arch::memory::map_device(range).map_err(Thrown::Range)?;
    let count = mapped.count;
    mapped.ranges[count] = range;
    mapped.count += 1;
    Ok(Answer::Number(start as f64))
}

/// The address of a register of `width` bytes, if it was mapped and is aligned.
fn register<C: Call>(call: &C, width: u64) -> Result<u64, Thrown> {
    let at = call.integer(0, u64::MAX)?;
    let mut mapped = MAPPED.borrow_mut();
    let fits = |range: &Range| at >= range.start && at + width <= range.end;
    if !fits(&mapped.ranges[mapped.last]) {
        let count = mapped.count;
        let found = mapped.ranges[..count].iter().position(fits);
        mapped.last = found.ok_or(Thrown::Range("the register was not mapped"))?;
    }
    match at.is_multiple_of(width) {
        true => Ok(at),
        false => Err(Thrown::Range("the register is not aligned")),
    }
}

pub(super) fn read8<C: Call>(call: &C) -> Outcome {
    let at = register(call, 1)? as *const u8;
    // SAFETY: a device's register, mapped and aligned.
    Ok(Answer::from(u32::from(unsafe { at.read_volatile() })))
}

pub(super) fn read16<C: Call>(call: &C) -> Outcome {
    let at = register(call, 2)? as *const u16;
    // SAFETY: as in `read8`.
    Ok(Answer::from(u32::from(unsafe { at.read_volatile() })))
}

pub(super) fn read32<C: Call>(call: &C) -> Outcome {
    let at = register(call, 4)? as *const u32;
    // SAFETY: as in `read8`.
    Ok(Answer::from(unsafe { at.read_volatile() }))
}

pub(super) fn write8<C: Call>(call: &C) -> Outcome {
    let (at, value) = (register(call, 1)? as *mut u8, call.integer(1, 0xff)?);
    // SAFETY: a device's register, mapped and aligned. What the device does then is its driver's
    // responsibility: without an IOMMU, a device that masters the bus is trusted.
    unsafe { at.write_volatile(value as u8) };
    Ok(Answer::Nothing)
}

pub(super) fn write16<C: Call>(call: &C) -> Outcome {
    let (at, value) = (register(call, 2)? as *mut u16, call.integer(1, 0xffff)?);
    // SAFETY: as in `write8`.
    unsafe { at.write_volatile(value as u16) };
    Ok(Answer::Nothing)
}

pub(super) fn write32<C: Call>(call: &C) -> Outcome {
    let (at, value) = (register(call, 4)? as *mut u32, word(call, 1)?);
    // SAFETY: as in `write8`.
    unsafe { at.write_volatile(value) };
    Ok(Answer::Nothing)
}
