//! How free memory is shared out: where packet memory lies, and in which order the heap grows.
//!
//! A host backs memory when it is first written to, often in large pages that it has to clear before:
//! that takes a part of a millisecond each, and several where its memory is cold. So what is used lies
//! together, or where the firmware has been: SeaBIOS works in the last memory below 4 GiB, and below the
//! 16 MiB there that it keeps for tables.

use super::memory_map::{Range, Ranges};
use crate::paging::{LARGE_PAGE, PAGE};
use core::ops::RangeInclusive;

/// Packet memory, where nothing else is asked for: a quarter of the free memory, or where there is little
/// an eighth of what is beyond `BARE_BYTES`; between these.
const PACKET_BYTES: RangeInclusive<u64> = 160 << 10..=16 << 20;
/// Of free memory so much is JavaScript's, before packets get their share.
const BARE_BYTES: u64 = 1 << 20;
/// With less free memory than this, JavaScript needs it more than packets and the stack do.
pub const LITTLE_MEMORY: u64 = 16 << 20;
/// For tables of descriptors: an eighth of the devices' part, between these.
const TABLE_BYTES: RangeInclusive<u64> = 8 << 10..=256 << 10;
/// The most bytes for devices.
const DEVICE_BYTES_MAX: u64 = crate::packet_pages::PAGES_MAX as u64 * PAGE;
/// `Dma.allocate` aligns up to this.
const DMA_ALIGNMENT_MAX: u64 = 64 << 10;
/// In a range as long as this nobody misses a piece in the middle.
const PLENTY: u64 = 128 << 20;
/// SeaBIOS has so much for its tables.
const FIRMWARE_BYTES: u64 = 16 << 20;
/// Below this lies what a PC has kept free for DOS.
const LOW_MEMORY: Range = Range { start: 0, end: 1 << 20 };

/// Who gets what.
#[derive(Debug)]
pub struct Shares {
    /// Packet memory that JavaScript sees. Devices use its first part from the end down, the system its
    /// second part from the start up.
    pub slab: Range,
    /// Bytes of its first part.
    pub dma_bytes: u64,
    /// Bytes of the tables of descriptors, which are the heap's to give.
    pub table_bytes: u64,
    /// All the rest, in the order in which it is used.
    pub heap: Ranges,
}

/// `value`, or the nearest that is in the range.
pub fn clamp_to(range: &RangeInclusive<u64>, value: u64) -> u64 {
    value.clamp(*range.start(), *range.end())
}

/// Shares out what is free. `loader` has code that ran: emulators are slow to write there.
///
/// # Errors
/// The bytes of packet memory, where those do not fit.
pub fn share_out(free: &Ranges, packet_bytes: Option<u64>, loader: Range) -> Result<Shares, u64> {
    let total = free.total();
    let is_little = total < LITTLE_MEMORY;
    let share = if is_little { total.saturating_sub(BARE_BYTES) / 8 } else { total / 4 };
    let bytes = packet_bytes.unwrap_or_else(|| clamp_to(&PACKET_BYTES, share));
    let bytes = bytes.checked_next_multiple_of(2 * PAGE).ok_or(bytes)?;
    // A card with few buffers leaves more of little memory to connections.
    let devices = if is_little && packet_bytes.is_none() { bytes / 8 * 3 } else { bytes / 2 };
    let devices = devices.min(DEVICE_BYTES_MAX) & !(PAGE - 1);
    // At least two pages: one for tables, and one to allocate.
    let table_bytes = (clamp_to(&TABLE_BYTES, devices / 8) & !(PAGE - 1)).min(devices / 2);
    let dma_bytes = devices - table_bytes;
    let (slab, worked_in) = place(free, bytes - table_bytes, dma_bytes).ok_or(bytes)?;
    let mut rest = free.clone();
    rest.remove(slab);
    let mut heap = Ranges::new();
    for part in [LOW_MEMORY, worked_in] {
        take(&mut rest, part, &mut heap);
    }
    let mut last = Ranges::new();
    take(&mut rest, loader, &mut last);
    for range in rest.as_slice().iter().chain(last.as_slice()) {
        heap.add(*range);
    }
    Ok(Shares { slab, dma_bytes, table_bytes, heap })
}

/// Moves what of `part` is in `from` to the end of `to`.
fn take(from: &mut Ranges, part: Range, to: &mut Ranges) {
    for range in from.as_slice() {
        to.add(Range { start: range.start.max(part.start), end: range.end.min(part.end) });
    }
    from.remove(part);
}

/// Where a slab lies, and where else the firmware has worked: in the highest memory below 4 GiB that is
/// long enough.
fn place(free: &Ranges, bytes: u64, dma_bytes: u64) -> Option<(Range, Range)> {
    let needed = bytes.checked_add(DMA_ALIGNMENT_MAX).filter(|_| bytes > 0)?;
    let long = free.as_slice().iter().filter(|range| range.length() >= needed);
    let range = long.max_by_key(|range| (range.end <= 1 << 32, range.end))?;
    let aligned = |start: u64| Range::of(start & !(DMA_ALIGNMENT_MAX - 1), bytes);
    let at_end = aligned(range.end - bytes);
    if range.length() < PLENTY {
        return Some((at_end, Range::of(0, 0)));
    }
    let large_page = |address: u64| address & !(LARGE_PAGE - 1);
    // Where the parts meet, with more room below: drivers clear what they get.
    let middle = large_page(range.end - FIRMWARE_BYTES) + LARGE_PAGE / 4 * 3;
    let slab = middle.checked_sub(dma_bytes).map(aligned);
    let slab = slab.filter(|slab| slab.start >= range.start && slab.end <= at_end.end);
    let worked_in = Range { start: large_page(range.end - 1), end: range.end };
    Some((slab.unwrap_or(at_end), worked_in))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MIB: u64 = 1 << 20;
    const LOADER: Range = Range { start: MIB, end: 0x11_0000 };
    /// Behind an image.
    const IMAGE_END: u64 = 0x28_0000;

    fn machine(end: u64) -> Ranges {
        let mut free = Ranges::new();
        for range in [(0x1000, 0x9_f000), (MIB, 0x11_0000), (IMAGE_END, end)] {
            free.add(Range { start: range.0, end: range.1 });
        }
        free
    }

    /// Nothing is given twice, and nothing is lost.
    fn check(free: &Ranges, shares: &Shares) {
        assert_eq!(shares.heap.total() + shares.slab.length(), free.total());
        assert!(!shares.heap.overlaps(&shares.slab));
        assert_eq!(shares.slab.start % DMA_ALIGNMENT_MAX, 0);
    }

    #[test]
    fn where_there_is_plenty_the_firmwares_large_pages_are_used() {
        let end = 0x1ffd_f000;
        let free = machine(end);
        let shares = share_out(&free, None, LOADER).unwrap();
        check(&free, &shares);
        assert_eq!(shares.slab.length() + shares.table_bytes, 16 * MIB);
        let middle = shares.slab.start + shares.dma_bytes;
        assert_eq!(middle, 494 * MIB + 3 * MIB / 2);
        let order: Vec<u64> = shares.heap.as_slice().iter().map(|range| range.start).collect();
        assert_eq!(order, [0x1000, 510 * MIB, IMAGE_END, shares.slab.end, MIB]);
    }

    #[test]
    fn where_there_is_little_the_heap_is_one_piece() {
        let free = machine(8 * MIB - 0x2_0000);
        let shares = share_out(&free, None, LOADER).unwrap();
        check(&free, &shares);
        assert!(shares.slab.end > 8 * MIB - 0x3_0000);
        assert!(shares.slab.length() < MIB && shares.slab.length() > MIB / 2);
        assert_eq!(shares.heap.as_slice()[1].start, IMAGE_END);
    }

    #[test]
    fn memory_above_4_gib_holds_packets_only_where_there_is_no_other() {
        let mut free = machine(2048 * MIB);
        free.add(Range { start: 4096 * MIB, end: 8192 * MIB });
        assert!(share_out(&free, None, LOADER).unwrap().slab.end < 2048 * MIB);
        let shares = share_out(&free, Some(3 << 30), LOADER).unwrap();
        check(&free, &shares);
        assert!(shares.slab.start > 4096 * MIB);
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        let free = machine(8 * MIB);
        assert_eq!(share_out(&free, Some(8 * MIB), LOADER).unwrap_err(), 8 * MIB);
        assert_eq!(share_out(&free, Some(0), LOADER).unwrap_err(), 0);
        assert!(share_out(&free, Some(u64::MAX), LOADER).is_err());
    }
}
