//! JavaScript's reserve as memory that lies ready, in pieces that are large enough.
//!
//! The limit counts what was asked for. What the allocator adds, and memory in pieces that are too small
//! for anything, is not in it: where many connections came and went, a tenth of the heap may have no
//! room for a table. So a block that must not fail may find no room before the limit is reached, or
//! within the reserve. Then one of these parts is given to the allocator; taking it back is tried after
//! each collection.

use crate::heap::HEAP;
use crate::one_cpu::OneCpu;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ptr::null_mut;

/// The pages in which the engine keeps small objects find room in an equal part; a table that grows, in
/// the large part.
const PAGE: usize = 4096 + 64;
/// What the allocator adds to a block is less.
const ROOM: usize = 64;
/// The equal parts, which come first: a machine with much memory holds no more back.
const PAGES_MAX: usize = 24;
const LARGE: usize = PAGES_MAX;

/// Memory that is held, or null while it is given away, and its size; 0: there is no such part.
struct Part {
    start: Cell<*mut u8>,
    bytes: Cell<usize>,
}

static PARTS: OneCpu<[Part; PAGES_MAX + 1]> = OneCpu::new(
    [const { Part { start: Cell::new(null_mut()), bytes: Cell::new(0) } }; PAGES_MAX + 1],
);

impl Part {
    fn layout(&self) -> Option<Layout> {
        let bytes = self.bytes.get();
        if bytes == 0 { None } else { Layout::from_size_align(bytes, 8).ok() }
    }

    fn is_missing(&self) -> bool {
        self.bytes.get() > 0 && self.start.get().is_null()
    }
}

/// From now on holds `reserve` back: memory gets scarce. Half of it is one piece, which takes the largest
/// block that must not fail; of the other half as much as is of use.
pub fn hold(reserve: usize) {
    if PARTS[LARGE].bytes.get() == 0 {
        PARTS[LARGE].bytes.set(reserve / 2 + ROOM);
        for part in PARTS[..LARGE].iter().take(reserve / 2 / PAGE) {
            part.bytes.set(PAGE);
        }
    }
    refill();
}

/// Takes what is missing, as far as there is room.
pub fn refill() {
    for part in PARTS.iter().filter(|part| part.is_missing()) {
        if let Some(layout) = part.layout() {
            // SAFETY: the layout is not empty.
            part.start.set(unsafe { HEAP.alloc(layout) });
        }
    }
}

/// Gives one part to the allocator, in which a block of `size` finds room; false when there is none.
pub fn release(size: usize) -> bool {
    let first = if is_page(size) { 0 } else { LARGE };
    let Some(part) = PARTS[first..].iter().find(|part| !part.start.get().is_null()) else {
        return false;
    };
    if let Some(layout) = part.layout() {
        // SAFETY: it came from `refill` with this layout, and is forgotten here.
        unsafe { HEAP.dealloc(part.start.replace(null_mut()), layout) };
    }
    true
}

/// Whether it may be a page in which the engine keeps small objects: one that fails is the end.
pub fn is_page(size: usize) -> bool {
    size <= PAGE - ROOM
}

/// Bytes of the pages that are gone, and of all. The large part does not count: a table that has taken
/// its place keeps it, and there is room for much besides.
pub fn missing_pages() -> (usize, usize) {
    let pages = &PARTS[..LARGE];
    let sum = |bytes: usize, part: &Part| bytes + part.bytes.get();
    let missing = pages.iter().filter(|part| part.is_missing()).fold(0, sum);
    (missing, pages.iter().fold(0, sum))
}
