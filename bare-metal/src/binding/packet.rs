//! Packet memory: the primitives that JavaScript is slow at, and memory for devices.
//! `libos/hal/packet-memory.ts` says what each promises.

use super::{part, word};
use crate::checksum;
use crate::engine::{Answer, Bytes, Call, Outcome, Thrown};
use crate::packet_pages::pages_for;
use crate::paging::PAGE;
use crate::start::{PacketMemory, SYSTEM};
use core::sync::atomic::{Ordering, fence};

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

/// `allocate(length, alignment)`: zeroed pages, or -1.
pub(super) fn dma_allocate<C: Call>(call: &C) -> Outcome {
    let length = call.integer(0, u64::from(u32::MAX))?;
    let alignment = u64::from(word(call, 1)?);
    if !alignment.is_power_of_two() || !(16..=65_536).contains(&alignment) {
        return Err(Thrown::Range("an alignment is a power of two, 16 .. 65,536"));
    }
    let packet = packet()?;
    let alignment_pages = (alignment / PAGE).max(1) as usize;
    let taken = pages_for(length).and_then(|pages| {
        Some((packet.dma_pages.borrow_mut().take(pages, alignment_pages)?, pages))
    });
    let Some((first, pages)) = taken else { return Ok(Answer::Number(-1.0)) };
    let offset = first as u64 * PAGE;
    // SAFETY: the pages lie in the slab, and were just taken.
    unsafe { ((packet.slab.start + offset) as *mut u8).write_bytes(0, pages * PAGE as usize) };
    Ok(Answer::Number(offset as f64))
}

/// `free(offset, length)`
pub(super) fn dma_free<C: Call>(call: &C) -> Outcome {
    const FOREIGN: Thrown = Thrown::Range("this memory was not allocated for a device");
    let offset = call.integer(0, u64::from(u32::MAX))?;
    let pages = pages_for(call.integer(1, u64::from(u32::MAX))?).ok_or(FOREIGN)?;
    if !offset.is_multiple_of(PAGE) {
        return Err(FOREIGN);
    }
    match packet()?.dma_pages.borrow_mut().give_back((offset / PAGE) as usize, pages) {
        true => Ok(Answer::Nothing),
        false => Err(FOREIGN),
    }
}

/// `address(offset, length)`: frames of the system above are sent from where they lie, so all of the
/// slab has an address.
pub(super) fn dma_address<C: Call>(call: &C) -> Outcome {
    Ok(Answer::Number(range(call, 0, 1)?.start as u64 as f64))
}

pub(super) fn dma_barrier<C: Call>(_: &C) -> Outcome {
    fence(Ordering::SeqCst);
    Ok(Answer::Nothing)
}
