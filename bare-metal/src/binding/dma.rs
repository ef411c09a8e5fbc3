//! Memory for devices: pools, and tables of descriptors. JavaScript cannot reach the tables' memory,
//! and what is written there was checked: so a device that follows its descriptors reaches the memory
//! of its driver's pool and the system's region, and nothing else. `libos/hal/machine.ts` says what
//! each function promises.

use super::word;
use crate::dma_tables::{ENTRY_BYTES, Table};
use crate::engine::{Answer, Call, Outcome, Thrown};
use crate::packet_pages::{PoolId, pages_for};
use crate::paging::PAGE;
use crate::start::{PacketMemory, SYSTEM};
use core::sync::atomic::{Ordering, fence};

const NO_MEMORY: Thrown = Thrown::Range("there is no packet memory");
const NO_POOL: Thrown = Thrown::Range("this pool is not open");
const NO_TABLE: Thrown = Thrown::Range("there is no such table of descriptors");
const NO_ENTRY: Thrown = Thrown::Range("the table has no such descriptor");
const OUTSIDE: Thrown = Thrown::Range("the range is neither the driver's nor the system's");
/// More ranges than this are not described by one call.
const RANGES_MAX: u64 = 64;

fn packet() -> Result<&'static PacketMemory, Thrown> {
    SYSTEM.packet.get().ok_or(NO_MEMORY)
}

fn pool<C: Call>(call: &C, packet: &PacketMemory, index: usize) -> Result<PoolId, Thrown> {
    let number = call.integer(index, 255)?;
    packet.pages.borrow().pool(number).ok_or(NO_POOL)
}

fn table<C: Call>(call: &C, packet: &PacketMemory, index: usize) -> Result<Table, Thrown> {
    packet.tables.borrow().get(word(call, index)? as usize).ok_or(NO_TABLE)
}

/// The address of a range, if the pool's device may reach all of it.
#[inline]
fn reachable(packet: &PacketMemory, pool: PoolId, offset: u64, length: u64) -> Result<u64, Thrown> {
    let fits = length <= packet.slab.length() && offset <= packet.slab.length() - length;
    if !fits || (offset < packet.dma_bytes && !packet.pages.borrow().owns(pool, offset, length)) {
        return Err(OUTSIDE);
    }
    Ok(packet.slab.start + offset)
}

/// The address of `count` descriptors of a table, checked.
fn entries(packet: &PacketMemory, table: Table, index: u64, count: u64) -> Result<u64, Thrown> {
    if index + count > u64::from(table.count) || count == 0 {
        return Err(NO_ENTRY);
    }
    Ok(packet.table_area.start + (u64::from(table.first) + index) * ENTRY_BYTES)
}

/// Writes one descriptor; its last word, which may show it to the device, at the end.
///
/// # Safety
/// `at` is a descriptor of a table, as `entries` returns it.
unsafe fn write_entry(at: u64, address: u64, length: u32, word: u32) {
    // SAFETY: the caller's promise: 16 bytes, aligned to 16, that only this file and a device use.
    unsafe {
        (at as *mut u64).write_volatile(address);
        ((at + 8) as *mut u32).write_volatile(length);
        ((at + 12) as *mut u32).write_volatile(word);
    }
}

/// `openPool()`
pub(super) fn open_pool<C: Call>(_: &C) -> Outcome {
    let pool = packet()?.pages.borrow_mut().open_pool();
    pool.map(|pool| Answer::from(u32::from(pool.get())))
        .ok_or(Thrown::Range("too many pools are open"))
}

/// `closePool(pool)`
pub(super) fn close_pool<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let pool = pool(call, packet, 0)?;
    packet.tables.borrow_mut().close_pool(pool);
    packet.pages.borrow_mut().close_pool(pool);
    Ok(Answer::Nothing)
}

/// `allocate(pool, length, alignment)`: zeroed pages, or -1.
pub(super) fn allocate<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let pool = pool(call, packet, 0)?;
    let length = call.integer(1, u64::from(u32::MAX))?;
    let alignment = u64::from(word(call, 2)?);
    if !alignment.is_power_of_two() || !(16..=65_536).contains(&alignment) {
        return Err(Thrown::Range("an alignment is a power of two, 16 .. 65,536"));
    }
    let alignment_pages = (alignment / PAGE).max(1) as usize;
    let taken = pages_for(length).and_then(|pages| {
        Some((packet.pages.borrow_mut().take(pool, pages, alignment_pages)?, pages))
    });
    let Some((first, pages)) = taken else { return Ok(Answer::Number(-1.0)) };
    let offset = first as u64 * PAGE;
    // SAFETY: the pages lie in the slab, and were just taken.
    unsafe { ((packet.slab.start + offset) as *mut u8).write_bytes(0, pages * PAGE as usize) };
    Ok(Answer::Number(offset as f64))
}

/// `address(pool, offset, length)`
pub(super) fn address<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let pool = pool(call, packet, 0)?;
    let (offset, length) = (call.integer(1, u64::MAX)?, call.integer(2, u64::MAX)?);
    Ok(Answer::Number(reachable(packet, pool, offset, length)? as f64))
}

/// `createTable(pool, count)`: zeroed, or -1.
pub(super) fn create_table<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let pool = pool(call, packet, 0)?;
    let count = word(call, 1)?;
    let Some(number) = packet.tables.borrow_mut().create(pool, count) else {
        return Ok(Answer::Number(-1.0));
    };
    let table = packet.tables.borrow().get(number).ok_or(NO_TABLE)?;
    let start = entries(packet, table, 0, u64::from(count))?;
    // SAFETY: the entries were just taken, and nothing else uses them.
    unsafe { (start as *mut u8).write_bytes(0, (u64::from(count) * ENTRY_BYTES) as usize) };
    Ok(Answer::from(number as u32))
}

/// `tableAddress(table)`
pub(super) fn table_address<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let table = table(call, packet, 0)?;
    Ok(Answer::Number(entries(packet, table, 0, 1)? as f64))
}

/// `describe(table, index, offset, length, word)`
pub(super) fn describe<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let table = table(call, packet, 0)?;
    let at = entries(packet, table, u64::from(word(call, 1)?), 1)?;
    let (offset, length) = (u64::from(word(call, 2)?), word(call, 3)?);
    let address = reachable(packet, table.pool, offset, u64::from(length))?;
    let word = word(call, 4)?;
    // SAFETY: `entries` checked it.
    unsafe { write_entry(at, address, length, word) };
    Ok(Answer::Nothing)
}

/// `describeAll(table, index, offsets, lengths, count, word, step)`
pub(super) fn describe_all<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let table = table(call, packet, 0)?;
    let count = call.integer(4, RANGES_MAX)?;
    let at = entries(packet, table, u64::from(word(call, 1)?), count)?;
    let (offsets, lengths) = (super::bytes(call, 2)?, super::bytes(call, 3)?);
    if offsets.length < 4 * count as usize || lengths.length < 4 * count as usize {
        return Err(Thrown::Range("the arrays hold fewer ranges"));
    }
    let range = |index: usize| {
        // SAFETY: the arrays have `count` elements of 4 bytes, of whatever alignment.
        let read = |start: *mut u8| unsafe { start.cast::<u32>().add(index).read_unaligned() };
        (u64::from(read(offsets.start)), read(lengths.start))
    };
    // All are checked before the first one is written.
    for index in 0..count as usize {
        let (offset, length) = range(index);
        reachable(packet, table.pool, offset, u64::from(length))?;
    }
    let (mut word, step) = (word(call, 5)?, word(call, 6)?);
    for index in 0..count as usize {
        let (offset, length) = range(index);
        let last = index + 1 == count as usize;
        // SAFETY: `entries` checked `count` descriptors.
        unsafe {
            let at = at + index as u64 * ENTRY_BYTES;
            write_entry(at, packet.slab.start + offset, length, if last { 0 } else { word });
        }
        word = word.wrapping_add(step);
    }
    Ok(Answer::Nothing)
}

/// `link(table, index, target, first, count, word)`: the descriptor names descriptors.
pub(super) fn link<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let (from, target) = (table(call, packet, 0)?, table(call, packet, 2)?);
    if from.pool != target.pool {
        return Err(NO_TABLE);
    }
    let at = entries(packet, from, u64::from(word(call, 1)?), 1)?;
    let count = word(call, 4)?;
    let address = entries(packet, target, u64::from(word(call, 3)?), u64::from(count))?;
    let word = word(call, 5)?;
    // SAFETY: `entries` checked it. The length fits: the area has fewer bytes than 2^32.
    unsafe { write_entry(at, address, count * ENTRY_BYTES as u32, word) };
    Ok(Answer::Nothing)
}

/// `readWord(table, index, which)`: 2 is the length, 3 the last word, as the device left it.
pub(super) fn read_word<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let table = table(call, packet, 0)?;
    let at = entries(packet, table, u64::from(word(call, 1)?), 1)?;
    let which = call.integer(2, 3)?;
    // SAFETY: `entries` checked it; aligned to 4.
    Ok(Answer::from(unsafe { ((at + 4 * which) as *const u32).read_volatile() }))
}

/// `writeWord(table, index, word)`: the last word.
pub(super) fn write_word<C: Call>(call: &C) -> Outcome {
    let packet = packet()?;
    let table = table(call, packet, 0)?;
    let at = entries(packet, table, u64::from(word(call, 1)?), 1)?;
    // SAFETY: as in `read_word`; an address is not touched.
    unsafe { ((at + 12) as *mut u32).write_volatile(word(call, 2)?) };
    Ok(Answer::Nothing)
}

/// `barrier()`
pub(super) fn barrier<C: Call>(_: &C) -> Outcome {
    fence(Ordering::SeqCst);
    Ok(Answer::Nothing)
}
