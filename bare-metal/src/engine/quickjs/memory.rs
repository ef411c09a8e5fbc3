//! JavaScript's memory: blocks of the kernel's heap, each with its size before it.
//!
//! The limit is kept here, not by QuickJS: what it counts leaves out the room between small blocks.
//! When the limit is reached, a reserve opens for small blocks until memory was freed, so that there
//! is room to make the error that `catch` gets, and for what it does then.
//!
//! QuickJS collects cycles when its heap has grown by half since the last time. Near the limit that
//! is too late, so this allocator asks for a collection earlier: each time half of what was left is
//! used up.

use super::ffi::{JS_SetGCThreshold, JSMallocFunctions, JSRuntime};
use crate::heap::HEAP;
use crate::one_cpu::OneCpu;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::null_mut;

/// The size of a block lies before it.
const HEADER: usize = 8;
/// What is opened at the limit.
const RESERVE: usize = 64 << 10;
/// The largest block that may come from the reserve: a page of small blocks fits.
const RESERVE_BLOCK_MAX: usize = 8 << 10;
/// Below this distance to the limit, a collection is asked for again only after as much was taken.
const STEP_MIN: usize = 64 << 10;

struct Pressure {
    runtime: Cell<*mut JSRuntime>,
    limit: Cell<usize>,
    used: Cell<usize>,
    collect_at: Cell<usize>,
    is_reserve_open: Cell<bool>,
}

static PRESSURE: OneCpu<Pressure> = OneCpu::new(Pressure {
    runtime: Cell::new(null_mut()),
    limit: Cell::new(0),
    used: Cell::new(0),
    collect_at: Cell::new(usize::MAX),
    is_reserve_open: Cell::new(false),
});

/// Sets the bytes that JavaScript may use, the reserve among them.
pub(super) fn set_limit(bytes: usize) {
    PRESSURE.limit.set(bytes.saturating_sub(RESERVE));
}

/// Whether `size` more bytes are within the limit. Opens the reserve when they are not.
fn may_take(size: usize) -> bool {
    let used = PRESSURE.used.get();
    let limit = PRESSURE.limit.get();
    if PRESSURE.is_reserve_open.get() {
        if used < limit.saturating_sub(RESERVE) {
            PRESSURE.is_reserve_open.set(false);
        } else {
            return size <= RESERVE_BLOCK_MAX && used.saturating_add(size) <= limit + RESERVE;
        }
    }
    let fits = used.saturating_add(size) <= limit;
    // A block that would never fit says nothing about how much is left.
    if !fits && size <= RESERVE_BLOCK_MAX {
        PRESSURE.is_reserve_open.set(true);
    }
    fits
}

/// From now on collections are asked for.
pub(super) fn set_runtime(runtime: *mut JSRuntime) {
    PRESSURE.runtime.set(runtime);
    relax();
}

/// Between turns: the next collection is asked for at three quarters of the limit, or half way from
/// what is in use to the limit.
pub(super) fn relax() {
    let (limit, used) = (PRESSURE.limit.get(), PRESSURE.used.get());
    let half_way = used + (limit.saturating_sub(used) / 2).max(STEP_MIN);
    PRESSURE.collect_at.set(half_way.max(limit / 4 * 3));
}

fn ask_for_collection() {
    let (limit, used) = (PRESSURE.limit.get(), PRESSURE.used.get());
    PRESSURE.collect_at.set(used + (limit.saturating_sub(used) / 2).max(STEP_MIN));
    let runtime = PRESSURE.runtime.get();
    if !runtime.is_null() {
        // SAFETY: this sets a number that the next creation of an object looks at; it is allowed
        // in the middle of an allocation.
        unsafe { JS_SetGCThreshold(runtime, 1) };
    }
}

fn layout(size: usize) -> Option<Layout> {
    Layout::from_size_align(size.checked_add(HEADER)?, HEADER).ok()
}

/// Writes the size of a new block, and returns what follows it.
///
/// # Safety
/// `block` is a block of `layout`, or null.
unsafe fn hand_out(block: *mut u8, layout: Layout, old_size: usize) -> *mut c_void {
    if block.is_null() {
        ask_for_collection();
        return null_mut();
    }
    PRESSURE.used.set(PRESSURE.used.get() + layout.size() - old_size);
    if PRESSURE.used.get() >= PRESSURE.collect_at.get() {
        ask_for_collection();
    }
    // SAFETY: the block has at least a header, to which it is aligned.
    unsafe {
        block.cast::<usize>().write(layout.size());
        block.add(HEADER).cast()
    }
}

/// The start and the layout of a block that was handed out.
///
/// # Safety
/// `pointer` came from `hand_out` and was not freed.
unsafe fn taken(pointer: *mut c_void) -> (*mut u8, Layout) {
    // SAFETY: the header lies before it, and holds the size of a layout that was valid.
    unsafe {
        let block = pointer.cast::<u8>().sub(HEADER);
        (block, Layout::from_size_align_unchecked(block.cast::<usize>().read(), HEADER))
    }
}

unsafe extern "C" fn malloc(_: *mut c_void, size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return null_mut() };
    if !may_take(layout.size()) {
        ask_for_collection();
        return null_mut();
    }
    // SAFETY: the layout is not empty.
    unsafe { hand_out(HEAP.alloc(layout), layout, 0) }
}

unsafe extern "C" fn calloc(opaque: *mut c_void, count: usize, size: usize) -> *mut c_void {
    let Some(size) = count.checked_mul(size) else { return null_mut() };
    // SAFETY: what malloc returns has `size` bytes.
    unsafe {
        let block = malloc(opaque, size);
        if !block.is_null() {
            block.cast::<u8>().write_bytes(0, size);
        }
        block
    }
}

unsafe extern "C" fn free(_: *mut c_void, pointer: *mut c_void) {
    if !pointer.is_null() {
        // SAFETY: the engine frees what it was given, once.
        unsafe {
            let (block, layout) = taken(pointer);
            PRESSURE.used.set(PRESSURE.used.get() - layout.size());
            HEAP.dealloc(block, layout);
        }
    }
}

unsafe extern "C" fn realloc(
    opaque: *mut c_void,
    pointer: *mut c_void,
    size: usize,
) -> *mut c_void {
    // SAFETY: the engine passes what it was given, or null.
    unsafe {
        if pointer.is_null() {
            return malloc(opaque, size);
        }
        if size == 0 {
            free(opaque, pointer);
            return null_mut();
        }
        let (block, old) = taken(pointer);
        let Some(new) = layout(size) else { return null_mut() };
        if new.size() > old.size() && !may_take(new.size() - old.size()) {
            ask_for_collection();
            return null_mut();
        }
        hand_out(HEAP.realloc(block, old, new.size()), new, old.size())
    }
}

unsafe extern "C" fn usable_size(pointer: *const c_void) -> usize {
    if pointer.is_null() {
        return 0;
    }
    // SAFETY: the engine asks about what it was given.
    unsafe { taken(pointer.cast_mut()) }.1.size() - HEADER
}

/// What QuickJS allocates with.
pub(super) static FUNCTIONS: JSMallocFunctions =
    JSMallocFunctions { calloc, malloc, free, realloc, usable_size };

/// For buffers that the engine makes without a runtime.
#[unsafe(export_name = "realloc")]
unsafe extern "C" fn plain_realloc(pointer: *mut c_void, size: usize) -> *mut c_void {
    // SAFETY: the caller's promise is the same.
    unsafe { realloc(null_mut(), pointer, size) }
}

#[unsafe(export_name = "free")]
unsafe extern "C" fn plain_free(pointer: *mut c_void) {
    // SAFETY: the caller's promise is the same.
    unsafe { free(null_mut(), pointer) }
}
