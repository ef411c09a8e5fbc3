//! Packet memory: the primitives that JavaScript is slow at.
//! `libos/hal/packet-memory.ts` says what each promises.

use super::part;
use crate::checksum;
use crate::engine::{Answer, Bytes, Call, Outcome, Thrown};
use crate::start::{PacketMemory, SYSTEM};

const OUTSIDE: Thrown = Thrown::Range("the range does not lie in packet memory");

fn packet() -> Result<&'static PacketMemory, Thrown> {
    SYSTEM.packet.get().ok_or(OUTSIDE)
}

/// A range of the slab, checked: arguments `offset_index` and `length_index`.
fn range<C: Call>(call: &C, offset_index: usize, length_index: usize) -> Result<Bytes, Thrown> {
    let slab = packet()?.slab;
    let offset = call.integer(offset_index, slab.length())?;
    let length = call.integer(length_index, slab.length() - offset)?;
    Ok(Bytes { start: (slab.start + offset) as *mut u8, length: length as usize })
}

fn checksum_of(range: Bytes, sum: u16) -> u16 {
    // SAFETY: the range was checked to lie in the slab, which lives for ever; JavaScript and devices
    // do not change it during the call in a way that matters: a sum of torn bytes is a wrong sum.
    checksum::internet(unsafe { core::slice::from_raw_parts(range.start, range.length) }, sum)
}

pub(super) fn copy<C: Call>(call: &C) -> Outcome {
    let (to, from) = (range(call, 0, 2)?, range(call, 1, 2)?);
    // SAFETY: both ranges lie in the slab; they may overlap.
    unsafe { core::ptr::copy(from.start, to.start, to.length) };
    Ok(Answer::Nothing)
}

/// `copyIn(to, source, sourceOffset, length)`
pub(super) fn copy_in<C: Call>(call: &C) -> Outcome {
    let to = range(call, 0, 3)?;
    let from = part(call, 1, 2, to.length)?;
    // SAFETY: both ranges were checked; the array may be a view of the slab, so they may overlap.
    unsafe { core::ptr::copy(from, to.start, to.length) };
    Ok(Answer::Nothing)
}

/// `copyOut(target, targetOffset, from, length)`
pub(super) fn copy_out<C: Call>(call: &C) -> Outcome {
    let from = range(call, 2, 3)?;
    let to = part(call, 0, 1, from.length)?;
    // SAFETY: as in `copy_in`.
    unsafe { core::ptr::copy(from.start, to, from.length) };
    Ok(Answer::Nothing)
}

pub(super) fn zero<C: Call>(call: &C) -> Outcome {
    let range = range(call, 0, 1)?;
    // SAFETY: the range lies in the slab.
    unsafe { range.start.write_bytes(0, range.length) };
    Ok(Answer::Nothing)
}

/// `checksum(offset, length, sum)`
pub(super) fn checksum<C: Call>(call: &C) -> Outcome {
    let sum = call.integer(2, 0xffff)? as u16;
    Ok(Answer::from(u32::from(checksum_of(range(call, 0, 1)?, sum))))
}

/// `copyChecksum(to, from, length, sum)`
pub(super) fn copy_checksum<C: Call>(call: &C) -> Outcome {
    let sum = call.integer(3, 0xffff)? as u16;
    let (to, from) = (range(call, 0, 2)?, range(call, 1, 2)?);
    // SAFETY: as in `copy`.
    unsafe { core::ptr::copy(from.start, to.start, to.length) };
    Ok(Answer::from(u32::from(checksum_of(to, sum))))
}
