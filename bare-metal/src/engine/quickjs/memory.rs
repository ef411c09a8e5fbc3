//! JavaScript's memory: blocks of the kernel's heap, each with its size before it, and a limit.
//!
//! An engine that meets a failed allocation in the middle of making an object has paths that nobody
//! ever ran; some of them break it. So small blocks never fail:
//!
//! - **Large blocks** (buffers, strings, growing arrays) fail at the limit, and JavaScript gets an
//!   InternalError "out of memory", which it can catch.
//! - **Small blocks** are served from a reserve beyond the limit. At the next call or loop, where
//!   nothing of the engine's is half made, garbage is collected. If that does not help, JavaScript
//!   reads that memory is full, takes nothing more on and gives peers up (`Hal.heapState`).
//! - When much of **the reserve** is in use all the same, the error is thrown there, unless what runs is
//!   the system's own work, which nobody could unwind. It is thrown again after each further part.
//! - When the reserve is used up as well, the image ends with a report.
//!
//! QuickJS collects cycles when its heap has grown by half since the last time. Near the limit that
//! is too late, so this allocator asks for a collection each time half of what was left is used up.

use super::ballast;
use super::ffi::{
    JS_RunGC, JS_SetGCThreshold, JSContext, JSMallocFunctions, JSRuntime, libos_interrupt_soon,
    libos_spare_names,
};
use crate::arch;
use crate::engine::{Bytes, HeapUse};
use crate::heap::HEAP;
use crate::one_cpu::OneCpu;
use crate::report::exit;
use crate::say;
use core::alloc::{GlobalAlloc, Layout};
use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::null_mut;

/// The size of a block lies before it.
const HEADER: usize = 8;
/// The smallest reserve, and its part of the limit otherwise. A block of at most half of it counts as
/// small: the engine's tables of names and shapes, which grow with the program, are among those.
const RESERVE_MIN: usize = 64 << 10;
const RESERVE_PART: usize = 16;
/// The part of the reserve beyond which work for a peer, and the application's, are told by an error.
const PEER_PART: (usize, usize) = (1, 2);
const APPLICATION_PART: (usize, usize) = (3, 4);
/// The last part is for pages of small objects alone: an error is made of those, and where one fails that
/// is the end.
const LAST_PART: usize = 8;
/// After this part of it memory is looked at again.
const STEP_PART: usize = 8;
/// Below this distance to the limit, a collection is asked for again only after as much was taken.
const STEP_MIN: usize = 16 << 10;
/// The heap is nearly full when less than this part of the limit is left.
const NEARLY_FULL_PART: usize = 32;
/// A collection takes about a hundredth of a second in emulation.
const COLLECT_EVERY_US: u64 = 100_000;

/// What JavaScript does now: `Hal.heapState`.
mod scope {
    pub const APPLICATION: u8 = 0;
    pub const PEER: u8 = 1;
}

struct Pressure {
    context: Cell<*mut JSContext>,
    runtime: Cell<*mut JSRuntime>,
    limit: Cell<usize>,
    reserve: Cell<usize>,
    used: Cell<usize>,
    collect_at: Cell<usize>,
    /// Beyond this memory is full, and is looked at.
    full_at: Cell<usize>,
    /// Not again before this.
    look_at: Cell<usize>,
    /// `Hal.heapState`: what runs, one of `scope`, and whether memory was found full.
    state: [Cell<u8>; 2],
    /// When `relax` may collect again.
    collect_after_us: Cell<u64>,
    /// The interrupt handler found memory exhausted; the error is thrown next.
    is_throwing: Cell<bool>,
}

static PRESSURE: OneCpu<Pressure> = OneCpu::new(Pressure {
    context: Cell::new(null_mut()),
    runtime: Cell::new(null_mut()),
    limit: Cell::new(0),
    reserve: Cell::new(0),
    used: Cell::new(0),
    collect_at: Cell::new(usize::MAX),
    full_at: Cell::new(usize::MAX),
    look_at: Cell::new(0),
    state: [const { Cell::new(0) }; 2],
    collect_after_us: Cell::new(0),
    is_throwing: Cell::new(false),
});

/// Sets the bytes that JavaScript may use, the reserve among them.
pub(super) fn set_limit(bytes: usize) {
    let reserve = (bytes / RESERVE_PART).max(RESERVE_MIN);
    PRESSURE.reserve.set(reserve);
    PRESSURE.limit.set(bytes.saturating_sub(reserve));
}

/// From now on collections are asked for, and errors are thrown at the limit.
pub(super) fn watch(runtime: *mut JSRuntime, context: *mut JSContext) {
    PRESSURE.runtime.set(runtime);
    PRESSURE.context.set(context);
    PRESSURE.full_at.set(PRESSURE.limit.get());
    relax();
}

/// While a program is loaded, nearly nothing of it is garbage: then there is no collection before memory
/// gets scarce. Afterwards the engine collects when its heap has grown by half, as it does by itself.
pub(super) fn expect_growth(is_loading: bool) {
    let used = PRESSURE.used.get();
    let threshold = if is_loading { PRESSURE.limit.get() } else { used + used / 2 };
    // SAFETY: the runtime lives for ever, and this sets a number.
    unsafe { JS_SetGCThreshold(PRESSURE.runtime.get(), threshold) };
}

/// Whether a block of `size` may be made where one of `old_size` was. Does not return where a small
/// block has no room at all.
fn may_take(size: usize, old_size: usize) -> bool {
    let limit = PRESSURE.limit.get();
    let after = (PRESSURE.used.get() - old_size).saturating_add(size);
    if after > limit && size > old_size {
        let (reserve, is_page) = (PRESSURE.reserve.get(), ballast::is_page(size));
        let is_beyond = after > limit + reserve - if is_page { 0 } else { reserve / LAST_PART };
        if !is_small(size) || (is_beyond && !is_page) {
            ask_for_collection();
            return false;
        }
        if is_beyond {
            give_up();
        }
    }
    if after > PRESSURE.full_at.get() {
        look_soon();
    } else {
        // Much was freed within one turn: what is taken again is looked at as before.
        PRESSURE.look_at.set(0);
    }
    true
}

/// JavaScript's next step begins with a look at memory, if `look_at` is reached.
fn look_soon() {
    let context = PRESSURE.context.get();
    if !context.is_null() {
        // SAFETY: the context lives for ever; this sets a number.
        unsafe { libos_interrupt_soon(context) };
    }
}

/// What is in use.
pub(super) fn heap_use() -> HeapUse {
    let used = PRESSURE.used.get() + ballast::missing_pages().0;
    HeapUse { used, limit: PRESSURE.limit.get() + PRESSURE.reserve.get() }
}

fn is_small(size: usize) -> bool {
    size <= PRESSURE.reserve.get() / 2
}

fn give_up() -> ! {
    let kib = (PRESSURE.limit.get() + PRESSURE.reserve.get()) / 1024;
    let used = PRESSURE.used.get() / 1024;
    say!("libos: out of memory: JavaScript uses {used} KiB of the {kib} KiB that it may use");
    crate::engine::say_stack();
    match PRESSURE.context.get().is_null() {
        true => arch::power::fail(exit::REFUSED),
        false => arch::power::fail(exit::EXHAUSTED),
    }
}

/// The bytes that JavaScript shares.
pub(super) fn state() -> Bytes {
    Bytes { start: PRESSURE.state.as_ptr().cast_mut().cast(), length: PRESSURE.state.len() }
}

/// Asked by the interrupt handler, between two steps of JavaScript: whether to throw.
pub(super) fn is_exhausted() -> bool {
    if PRESSURE.used.get() <= PRESSURE.full_at.get().max(PRESSURE.look_at.get()) {
        return false;
    }
    // SAFETY: the runtime lives for ever, and between two steps a collection is always allowed.
    unsafe { JS_RunGC(PRESSURE.runtime.get()) };
    ballast::refill();
    let (limit, used) = (PRESSURE.limit.get(), PRESSURE.used.get());
    let reserve = PRESSURE.reserve.get();
    let (missing, held) = ballast::missing_pages();
    if used <= limit && !is_in_pieces() {
        be_at_ease();
        return false;
    }
    let [scope, is_full] = &PRESSURE.state;
    is_full.set(1);
    PRESSURE.look_at.set(used + reserve / STEP_PART);
    let (part, parts) = match scope.get() {
        scope::APPLICATION => APPLICATION_PART,
        scope::PEER => PEER_PART,
        _ => return false,
    };
    let is_told = used > limit + reserve / parts * part || missing > held / parts * part;
    PRESSURE.is_throwing.set(is_told);
    is_told
}

/// Whether there is no room although the limit is not reached: what is free is in too small pieces.
fn is_in_pieces() -> bool {
    let (missing, held) = ballast::missing_pages();
    missing > held / 2
}

/// Memory is not full any more.
fn be_at_ease() {
    PRESSURE.full_at.set(PRESSURE.limit.get());
    PRESSURE.look_at.set(0);
    PRESSURE.state[1].set(0);
}

/// Whether it was memory for which the interrupt handler asked to stop.
#[unsafe(no_mangle)]
extern "C" fn libos_take_exhaustion() -> bool {
    PRESSURE.is_throwing.replace(false)
}

/// Between turns: the next collection is asked for at three quarters of the limit, or half way from
/// what is in use to the limit. When memory was freed, the limit counts again. Where the heap is all but
/// full, garbage is collected here: new peers are refused there before anything is allocated, so that
/// nothing else would ever find the connections that have ended.
pub(super) fn relax() {
    if is_nearly_full() && is_time_to_collect() {
        // SAFETY: the runtime lives for ever, and between turns a collection is always allowed.
        unsafe { JS_RunGC(PRESSURE.runtime.get()) };
        ballast::refill();
    }
    let (limit, used) = (PRESSURE.limit.get(), PRESSURE.used.get());
    if used > limit / 2 && !PRESSURE.runtime.get().is_null() {
        // SAFETY: the runtime lives for ever, and between turns no name is being made.
        unsafe { libos_spare_names(PRESSURE.runtime.get()) };
    }
    let half_way = used + (limit.saturating_sub(used) / 2).max(STEP_MIN);
    PRESSURE.collect_at.set(half_way.max(limit / 4 * 3));
    if used < limit && !is_in_pieces() {
        be_at_ease();
    }
}

fn is_nearly_full() -> bool {
    let limit = PRESSURE.limit.get();
    let used = PRESSURE.used.get();
    !PRESSURE.runtime.get().is_null() && (is_in_pieces() || used > limit - limit / NEARLY_FULL_PART)
}

fn is_time_to_collect() -> bool {
    let now_us = arch::clock::now_us();
    let is_time = now_us >= PRESSURE.collect_after_us.get();
    if is_time {
        PRESSURE.collect_after_us.set(now_us + COLLECT_EVERY_US);
    }
    is_time
}

fn ask_for_collection() {
    ballast::hold(PRESSURE.reserve.get());
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
        // The limit allowed it, but memory is in pieces that are too small.
        if ballast::is_page(layout.size()) {
            give_up();
        }
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

/// What `allocate` gives. A page, or a table that grows, gets some of what was held back where it finds
/// no room; a new buffer does not: that is an error which somebody expects.
fn obtain(size: usize, is_table: bool, allocate: impl Fn() -> *mut u8) -> *mut u8 {
    let must_not_fail = ballast::is_page(size) || (is_table && is_small(size));
    let mut block = allocate();
    while block.is_null() && must_not_fail && ballast::release(size) {
        block = allocate();
        be_full();
    }
    block
}

/// Memory is full, whatever the limit says.
fn be_full() {
    PRESSURE.full_at.set(PRESSURE.full_at.get().min(PRESSURE.used.get()));
    PRESSURE.look_at.set(0);
    look_soon();
}

unsafe extern "C" fn malloc(_: *mut c_void, size: usize) -> *mut c_void {
    let Some(layout) = layout(size) else { return null_mut() };
    if !may_take(layout.size(), 0) {
        return null_mut();
    }
    // SAFETY: the layout is not empty.
    let block = obtain(layout.size(), false, || unsafe { HEAP.alloc(layout) });
    // SAFETY: it is a block of this layout, or null.
    unsafe { hand_out(block, layout, 0) }
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
        if !may_take(new.size(), old.size()) {
            return null_mut();
        }
        let block = obtain(new.size(), true, || HEAP.realloc(block, old, new.size()));
        hand_out(block, new, old.size())
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
