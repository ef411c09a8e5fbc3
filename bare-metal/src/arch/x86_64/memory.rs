//! The kernel's address space: every page of memory is mapped to itself, with the least rights.
//!
//! | what | rights |
//! | --- | --- |
//! | page 0, guards below stacks | none |
//! | the kernel's code | read, execute |
//! | constants | read |
//! | everything else in RAM | read, write |
//! | registers of devices, firmware's tables | mapped when asked for |

pub use super::descriptors::use_trap_stacks;
use crate::boot::memory_map::{Range, Ranges};
use crate::heap::HEAP;
use crate::one_cpu::OneCpu;
use crate::paging::{Access, OutOfTables, PAGE, Table, TableSource, protect};
use core::alloc::Layout;
use core::arch::asm;
use core::cell::{Cell, RefCell};

unsafe extern "C" {
    static mut page_table_l4: Table;
    static __text_start: u8;
    static __text_end: u8;
    static __rodata_end: u8;
    static __kernel_end: u8;
    static boot_stack_guard: u8;
    static double_fault_guard: u8;
}

/// Addresses that the boot code mapped.
pub const BOOT_MAPPED: Range = Range { start: 0, end: 1 << 30 };
/// The null page: never mapped, never memory.
pub const NULL_PAGE: Range = Range { start: 0, end: PAGE };

/// Where an image's loader was, up to the kernel (`loader/loader.ld`).
pub const LOADER: Range = Range { start: 0x10_0000, end: 0x11_0000 };

/// RAM as the loader described it.
static RAM: OneCpu<RefCell<Ranges>> = OneCpu::new(RefCell::new(Ranges::new()));
/// Registers that belong to the kernel.
static OWN_DEVICES: OneCpu<RefCell<Ranges>> = OneCpu::new(RefCell::new(Ranges::new()));
/// The guard below the main stack, once there is one.
static MAIN_GUARD: OneCpu<Cell<u64>> = OneCpu::new(Cell::new(0));

/// Page tables come from the heap.
struct FromHeap;

impl TableSource for FromHeap {
    fn take(&mut self) -> Option<&'static mut Table> {
        let table = HEAP.take(Layout::new::<Table>())?.cast::<Table>().as_ptr();
        // SAFETY: the block fits a table, is nobody else's, and is never given back.
        unsafe {
            table.write(Table::EMPTY);
            Some(&mut *table)
        }
    }
}

fn address_of(symbol: *const u8) -> u64 {
    symbol as u64
}

/// Where the kernel lies.
pub fn kernel() -> Range {
    Range { start: address_of(&raw const __text_start), end: address_of(&raw const __kernel_end) }
}

fn set(range: Range, access: Access) -> Result<(), OutOfTables> {
    let root = &raw mut page_table_l4;
    // SAFETY: only this function reaches the root table, and it is not re-entered.
    let root = unsafe { &mut *root };
    if protect(root, range.start, range.end, access, &mut FromHeap)? {
        // SAFETY: reloading CR3 forgets cached translations; the tables stay as they are.
        unsafe {
            asm!("mov {0}, cr3", "mov cr3, {0}", out(reg) _, options(nostack, preserves_flags));
        }
    }
    Ok(())
}

/// Gives every page its rights. What the loader does not call RAM becomes inaccessible.
pub fn protect_all(ram: &Ranges) -> Result<(), OutOfTables> {
    RAM.replace(ram.clone());
    let text_end = address_of(&raw const __text_end);
    let rodata_end = address_of(&raw const __rodata_end);
    let kernel = kernel();
    // The kernel's own pages first: what follows must be able to run at each moment.
    set(Range { start: rodata_end, end: kernel.end }, Access::Data)?;
    set(Range { start: kernel.start, end: text_end }, Access::Code)?;
    set(Range { start: text_end, end: rodata_end }, Access::ReadOnly)?;
    for guard in [&raw const boot_stack_guard, &raw const double_fault_guard] {
        set(Range::of(address_of(guard), PAGE), Access::None)?;
    }
    // Holes below 1 GiB, then RAM. The kernel is left out of both.
    let mut holes = Ranges::new();
    holes.add(BOOT_MAPPED);
    holes.remove(kernel);
    for range in ram.as_slice() {
        holes.remove(*range);
    }
    for hole in holes.as_slice() {
        set(outward(*hole, ram), Access::None)?;
    }
    let mut rest = ram.clone();
    rest.remove(kernel);
    rest.remove(NULL_PAGE);
    rest.trim_to_pages(PAGE);
    for range in rest.as_slice() {
        set(*range, Access::Data)?;
    }
    set(NULL_PAGE, Access::None)
}

/// A hole cut to pages that hold no RAM at all.
fn outward(hole: Range, ram: &Ranges) -> Range {
    debug_assert!(!ram.overlaps(&hole));
    let start = hole.start.next_multiple_of(PAGE);
    Range { start, end: (hole.end & !(PAGE - 1)).max(start) }
}

/// Makes registers accessible that only the kernel may use: `map_device` refuses them from then on.
pub fn map_own_device(range: Range) -> Result<(), &'static str> {
    map_device(range)?;
    OWN_DEVICES.borrow_mut().add(pages(range));
    Ok(())
}

/// Makes registers accessible. Refused where the range touches RAM or wraps.
pub fn map_device(range: Range) -> Result<(), &'static str> {
    if range.length() == 0 || range.end > 1 << 47 || RAM.borrow().overlaps(&pages(range)) {
        return Err("the range is memory, or no range of the bus");
    }
    if OWN_DEVICES.borrow().overlaps(&range) {
        return Err("the registers belong to the kernel");
    }
    set(pages(range), Access::Device).map_err(|_| "no memory for page tables")
}

/// Makes a table of the firmware readable. RAM is readable already.
pub fn map_table(range: Range) -> bool {
    if range.length() == 0 || range.end > 1 << 47 || range.start < PAGE {
        return false;
    }
    let all = pages(range);
    (all.start..all.end).step_by(PAGE as usize).all(|at| {
        let page = Range::of(at, PAGE);
        RAM.borrow().overlaps(&page) || set(page, Access::ReadOnly).is_ok()
    })
}

fn pages(range: Range) -> Range {
    Range { start: range.start & !(PAGE - 1), end: range.end.next_multiple_of(PAGE) }
}

/// Takes a stack of `bytes` (a multiple of a page) with a guard below it; returns its top.
pub fn take_main_stack(bytes: usize) -> Option<*mut u8> {
    let layout = Layout::from_size_align(bytes.checked_add(PAGE as usize)?, PAGE as usize).ok()?;
    let bottom = HEAP.take(layout)?.as_ptr();
    MAIN_GUARD.set(bottom as u64);
    set(Range::of(bottom as u64, PAGE), Access::None).ok()?;
    // SAFETY: the end of the block that was just taken.
    Some(unsafe { bottom.add(layout.size()) })
}

/// Names what lies at an address, for a report.
pub fn describe(address: u64) -> &'static str {
    let is_in = |start: u64, length: u64| address >= start && address - start < length;
    let text = address_of(&raw const __text_start);
    let text_end = address_of(&raw const __text_end);
    let rodata_end = address_of(&raw const __rodata_end);
    if is_in(0, PAGE) {
        "the null page"
    } else if MAIN_GUARD.get() != 0 && is_in(MAIN_GUARD.get(), PAGE) {
        "the guard of the main stack: it overflowed"
    } else if is_in(address_of(&raw const boot_stack_guard), PAGE) {
        "the guard of the trap stack: it overflowed"
    } else if is_in(address_of(&raw const double_fault_guard), PAGE) {
        "the guard of the double fault stack: it overflowed"
    } else if is_in(text, text_end - text) {
        "the kernel's code, which is read-only"
    } else if is_in(text_end, rodata_end - text_end) {
        "the kernel's constants, which are read-only"
    } else if is_in(rodata_end, kernel().end - rodata_end) {
        "the kernel's data, which cannot be executed"
    } else if RAM.try_borrow().is_ok_and(|ram| ram.overlaps(&Range::of(address, 1))) {
        "memory, which cannot be executed"
    } else {
        "not mapped"
    }
}

/// The address of the kernel's first instruction, for the probe that writes there.
pub fn code_address() -> u64 {
    kernel().start
}
