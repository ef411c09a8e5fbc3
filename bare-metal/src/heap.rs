//! The kernel's heap: all memory that nothing else owns. Nearly all of it is JavaScript's; the
//! kernel itself allocates while it starts, and page tables for devices later.

use crate::boot::memory_map::Range;
use crate::one_cpu::OneCpu;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::{Cell, UnsafeCell};
use core::ptr::{NonNull, null_mut};
use talc::base::Talc;
use talc::base::binning::DefaultBinning;
use talc::source::Manual;

/// A dlmalloc-like allocator behind `OneCpu`.
pub struct Heap {
    allocator: OneCpu<UnsafeCell<Talc<Manual, DefaultBinning>>>,
    claimed: OneCpu<Cell<usize>>,
    used: OneCpu<Cell<usize>>,
}

/// The one heap.
#[global_allocator]
pub static HEAP: Heap = Heap {
    allocator: OneCpu::new(UnsafeCell::new(Talc::new(Manual))),
    claimed: OneCpu::new(Cell::new(0)),
    used: OneCpu::new(Cell::new(0)),
};

impl Heap {
    /// Adds memory.
    ///
    /// # Safety
    /// `range` is mapped, readable and writable, and nothing else uses it, for ever.
    pub unsafe fn claim(&self, range: Range) {
        // SAFETY: `allocator()` is exclusive here; the range is the caller's promise.
        if unsafe { self.allocator().claim(range.start as *mut u8, range.length() as usize) }
            .is_some()
        {
            self.claimed.set(self.claimed.get() + range.length() as usize);
        }
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
        // SAFETY: `allocator()` is exclusive here, and the size is not 0.
        let taken = unsafe { self.allocator().allocate(layout) }?;
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
