//! The interrupt controller of the CPU, and its one-shot timer (Intel SDM volume 3, chapter 11).

use super::cpu::read_msr;
use super::memory;
use crate::boot::memory_map::Range;
use crate::one_cpu::OneCpu;
use core::cell::Cell;

const APIC_BASE_MSR: u32 = 0x1b;
const ID: u64 = 0x20;
const END_OF_INTERRUPT: u64 = 0xb0;
const SPURIOUS: u64 = 0xf0;
const TIMER_VECTOR: u64 = 0x320;
const LINT_0: u64 = 0x350;
const LINT_1: u64 = 0x360;
const INITIAL_COUNT: u64 = 0x380;
const CURRENT_COUNT: u64 = 0x390;
const DIVIDE: u64 = 0x3e0;
const MASKED: u32 = 1 << 16;
/// Counts once for 128 ticks of the bus: at QEMU's 1 GHz, one count of the timer lasts 9 minutes.
const DIVIDE_BY_128: u32 = 0b1010;

/// The physical address of the registers.
static BASE: OneCpu<Cell<u64>> = OneCpu::new(Cell::new(0));

fn read(register: u64) -> u32 {
    // SAFETY: `start` mapped the page of registers; this one exists.
    unsafe { ((BASE.get() + register) as *const u32).read_volatile() }
}

fn write(register: u64, value: u32) {
    // SAFETY: as in `read`; none of the registers makes the controller write to memory.
    unsafe { ((BASE.get() + register) as *mut u32).write_volatile(value) }
}

/// Switches it on, with the timer masked and `spurious` for spurious interrupts.
pub fn start(spurious: u8) -> Result<(), &'static str> {
    // SAFETY: every CPU with long mode has this register.
    let base = unsafe { read_msr(APIC_BASE_MSR) } & 0x000f_ffff_ffff_f000;
    memory::map_own_device(Range::of(base, 4096))?;
    BASE.set(base);
    write(LINT_0, MASKED);
    write(LINT_1, MASKED);
    write(TIMER_VECTOR, MASKED);
    write(DIVIDE, DIVIDE_BY_128);
    write(SPURIOUS, 0x100 | u32::from(spurious));
    Ok(())
}

/// The identifier of this CPU, to which devices send their interrupts.
pub fn id() -> u8 {
    (read(ID) >> 24) as u8
}

/// Tells the controller that the current interrupt was handled.
pub fn end_of_interrupt() {
    write(END_OF_INTERRUPT, 0);
}

/// Lets the timer count down from `count`, then interrupt at `vector`; 0 stops it.
pub fn arm(vector: u8, count: u32) {
    write(TIMER_VECTOR, u32::from(vector));
    write(INITIAL_COUNT, count);
}

/// What is left of the count.
pub fn current_count() -> u32 {
    read(CURRENT_COUNT)
}
