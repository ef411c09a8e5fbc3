//! kvm-clock, where the hypervisor offers it: two pages that KVM writes.

use super::cpu::{self, time_stamp, write_msr};
use crate::one_cpu::OneCpu;
use crate::pv_clock::{self, TimeInfo, WallTime};
use core::cell::{Cell, UnsafeCell};

/// Hypervisors that speak for several list their leaves one behind another, at this distance.
const LEAF: u32 = 0x4000_0000;
const LEAF_STEP: u32 = 0x100;
const LEAVES: u32 = 16;

/// What KVM writes: both pages in one line of the cache each, so that neither crosses a page.
#[repr(C, align(64))]
struct Shared {
    time: UnsafeCell<[u32; 16]>,
    wall: UnsafeCell<[u32; 16]>,
}

static SHARED: OneCpu<Shared> =
    OneCpu::new(Shared { time: UnsafeCell::new([0; 16]), wall: UnsafeCell::new([0; 16]) });
static IS_STARTED: OneCpu<Cell<bool>> = OneCpu::new(Cell::new(false));

fn is_offered() -> bool {
    cpu::is_virtual()
        && (0..LEAVES).any(|index| {
            let leaf = LEAF + index * LEAF_STEP;
            let first = cpuid_of_hypervisor(leaf);
            let mut name = [0; 12];
            for (part, word) in name.chunks_exact_mut(4).zip([first.ebx, first.ecx, first.edx]) {
                part.copy_from_slice(&word.to_le_bytes());
            }
            name == *pv_clock::SIGNATURE
                && cpuid_of_hypervisor(leaf + 1).eax & pv_clock::FEATURE_CLOCK_SOURCE_2 != 0
        })
}

/// Leaves of hypervisors have no common maximum in EAX of the first one.
fn cpuid_of_hypervisor(leaf: u32) -> core::arch::x86_64::CpuidResult {
    core::arch::x86_64::__cpuid_count(leaf, 0)
}

fn time() -> Option<TimeInfo> {
    let start = SHARED.time.get().cast::<u32>();
    // SAFETY: 16 words, of which KVM writes the first 8.
    pv_clock::read(|index| unsafe { start.add(index).read_volatile() })
}

/// Takes the clock over. Returns how often the counter ticks in a second, and the microseconds since
/// 1970 at the clock's nanosecond 0; `None` where there is no such clock, or it says nothing.
pub fn start() -> Option<(u64, i64)> {
    if !is_offered() {
        return None;
    }
    let (time_at, wall_at) = (SHARED.time.get() as u64, SHARED.wall.get() as u64);
    // SAFETY: the hypervisor says that it has the registers. The memory is this module's, its address
    // is physical (every page is mapped to itself), and KVM writes nothing behind it.
    unsafe {
        write_msr(pv_clock::WALL_TIME_MSR, wall_at);
        write_msr(pv_clock::SYSTEM_TIME_MSR, time_at | 1);
    }
    let hertz = pv_clock::hertz(&time()?)?;
    let words = SHARED.wall.get().cast::<u32>();
    // SAFETY: as in `time`.
    let wall: WallTime = pv_clock::read(|index| unsafe { words.add(index).read_volatile() })?;
    IS_STARTED.set(true);
    Some((hertz, pv_clock::boot_wall_us(&wall)))
}

/// Nanoseconds since the clock's own beginning; `None` where there is no such clock.
pub fn now_ns() -> Option<u64> {
    if !IS_STARTED.get() {
        return None;
    }
    let info = time()?;
    Some(pv_clock::nanoseconds(&info, time_stamp()))
}
