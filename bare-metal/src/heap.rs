//! The kernel's heap: all memory that nothing else owns. Nearly all of it is JavaScript's; the
//! kernel itself allocates while it starts, and page tables for devices later.
//!
//! It grows through its memory in order, in steps, and touches nothing beyond: a host that backs memory
//! when it is first written to, in large pages that it clears, then backs little.

use crate::boot::memory_map::{Range, Ranges};
use crate::one_cpu::OneCpu;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, RefCell, UnsafeCell};
use core::ptr::{NonNull, null_mut};
use talc::base::Talc;
use talc::base::binning::DefaultBinning;
use talc::source::Manual;

/// The heap grows by so many bytes, or by what is asked for if that is more.
const STEP: u64 = 128 << 10;
/// What the allocator needs beside a block, at most: where it keeps what is free, in the first range.
const OVERHEAD: u64 = 4096;

/// The memory that the heap grows through.
struct Growth {
    /// Ranges that it has not come to yet.
    ahead: Ranges,
    /// How far it came in a range: the allocator's end, and the range's.
    here: Option<(NonNull<u8>, u64)>,
}

/// A dlmalloc-like allocator behind `OneCpu`.
pub struct Heap {
    allocator: OneCpu<UnsafeCell<Talc<Manual, DefaultBinning>>>,
    growth: OneCpu<RefCell<Growth>>,
    claimed: OneCpu<Cell<usize>>,
    used: OneCpu<Cell<usize>>,
}

/// The one heap.
#[global_allocator]
pub static HEAP: Heap = Heap {
    allocator: OneCpu::new(UnsafeCell::new(Talc::new(Manual))),
    growth: OneCpu::new(RefCell::new(Growth { ahead: Ranges::new(), here: None })),
    claimed: OneCpu::new(Cell::new(0)),
    used: OneCpu::new(Cell::new(0)),
};

impl Heap {
    /// Adds memory, which is used when all that was added before is.
    ///
    /// # Safety
    /// `range` is mapped, readable and writable, and nothing else uses it, for ever.
    pub unsafe fn claim(&self, range: Range) {
        let ahead = &mut self.growth.borrow_mut().ahead;
        let before = ahead.total();
        ahead.add(range);
        self.claimed.set(self.claimed.get() + (ahead.total() - before) as usize);
    }

    /// Makes room for a block of so many bytes, alignment included, or for a part of it. Returns whether
    /// there was any memory left.
    fn grow(&self, bytes: usize) -> bool {
        let step = STEP.max((bytes as u64).saturating_add(OVERHEAD));
        let growth = &mut *self.growth.borrow_mut();
        // SAFETY: `allocator()` is exclusive here. Memory is the promise of whoever claimed it.
        let allocator = unsafe { self.allocator() };
        if let Some((end, limit)) = growth.here.take() {
            let next = limit.min((end.as_ptr() as u64).saturating_add(step));
            // SAFETY: the range goes on to there, and `end` is what the allocator said at last.
            let new_end = unsafe { allocator.extend(end, next as *mut u8) };
            if new_end > end {
                growth.here = Some((new_end, limit));
                return true;
            }
        }
        let Some(range) = growth.ahead.as_slice().first().copied() else { return false };
        growth.ahead.remove(range);
        let first = Range::of(range.start, step.min(range.length()));
        // SAFETY: as above.
        let end = unsafe { allocator.claim(first.start as *mut u8, first.length() as usize) };
        growth.here = end.map(|end| (end, range.end));
        true
    }

    /// Bytes that were claimed.
    pub fn claimed(&self) -> usize {
        self.claimed.get()
    }

    /// Bytes in use, as they were asked for.
    pub fn used(&self) -> usize {
        self.used.get()
    }

    /// Takes memory; `None` when there is not enough.
    pub fn take(&self, layout: Layout) -> Option<NonNull<u8>> {
        let taken = loop {
            // SAFETY: `allocator()` is exclusive here, and the size is not 0.
            match unsafe { self.allocator().allocate(layout) } {
                Some(taken) => break taken,
                None if self.grow(layout.size().saturating_add(layout.align())) => {}
                None => return None,
            }
        };
        self.used.set(self.used.get() + layout.size());
        Some(taken)
    }

    /// # Safety
    /// The caller holds no other result of this function.
    #[expect(clippy::mut_from_ref, reason = "exclusive by OneCpu: see the safety comment")]
    unsafe fn allocator(&self) -> &mut Talc<Manual, DefaultBinning> {
        // SAFETY: one CPU, no interrupt handler allocates, and no caller keeps the borrow while it
        // calls something that allocates.
        unsafe { &mut *self.allocator.get() }
    }
}

// SAFETY: Talc gives disjoint blocks that fit their layouts, until they are given back.
unsafe impl GlobalAlloc for Heap {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        self.take(layout).map_or(null_mut(), NonNull::as_ptr)
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        self.used.set(self.used.get() - layout.size());
        // SAFETY: the caller gives back what `alloc` gave with the same layout.
        unsafe { self.allocator().deallocate(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // SAFETY: the block and its layout are the caller's promise.
        if unsafe { self.allocator().try_realloc_in_place(block, layout, size) } {
            self.used.set(self.used.get() - layout.size() + size);
            return block;
        }
        // SAFETY: alignment is a power of two, and the caller promises that `size` does not overflow.
        let new = unsafe { self.alloc(Layout::from_size_align_unchecked(size, layout.align())) };
        if !new.is_null() {
            // SAFETY: both blocks are at least as long as the shorter one, and they are disjoint.
            unsafe { new.copy_from_nonoverlapping(block, layout.size().min(size)) };
            // SAFETY: the old block is the caller's, who does not use it any more.
            unsafe { self.dealloc(block, layout) };
        }
        new
    }
}
