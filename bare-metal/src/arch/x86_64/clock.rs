//! Time: the time stamp counter, measured against the 8254 at start; wall time from the real-time
//! clock, read once.

use super::cpu::{cpuid, time_stamp};
use super::{local_apic, pit, real_time_clock};
use crate::one_cpu::OneCpu;
use crate::wall_time;
use core::cell::Cell;

struct State {
    /// The counter when the kernel was entered.
    start: Cell<u64>,
    /// Microseconds for each tick, times 2^32.
    us_per_tick: Cell<u64>,
    /// Counts of the local timer for each microsecond, times 2^16.
    timer_per_us: Cell<u64>,
    /// Wall time at microsecond 0.
    wall_at_start_us: Cell<i64>,
    last_us: Cell<u64>,
}

static STATE: OneCpu<State> = OneCpu::new(State {
    start: Cell::new(0),
    us_per_tick: Cell::new(0),
    timer_per_us: Cell::new(0),
    wall_at_start_us: Cell::new(0),
    last_us: Cell::new(0),
});

/// Marks microsecond 0.
pub fn mark_start() {
    STATE.start.set(time_stamp());
}

/// Measures the counters, after the local interrupt controller was started.
pub fn start() -> Result<(), &'static str> {
    let mut counts = [0u32; 2];
    let mut stamps = [0u64; 2];
    let mut end = 0;
    local_apic::arm(0xff, u32::MAX);
    let measured = pit::measure(|| {
        counts[end] = local_apic::current_count();
        stamps[end] = time_stamp();
        end = (end + 1).min(1);
    });
    local_apic::arm(0xff, 0);
    let hertz = measured.or_else(hertz_of_cpuid).ok_or("there is no timer to measure time by")?;
    if hertz < 1_000_000 {
        return Err("the time stamp counter does not count");
    }
    STATE.us_per_tick.set(((1_000_000u128 << 32) / u128::from(hertz)) as u64);
    let timer_ticks = u64::from(counts[0].wrapping_sub(counts[1]));
    let span_us = ticks_to_us(stamps[1].wrapping_sub(stamps[0])).max(1);
    STATE.timer_per_us.set(((timer_ticks << 16) / span_us).max(1));
    if let Some(calendar) = real_time_clock::read() {
        STATE.wall_at_start_us.set(wall_time::to_unix_us(calendar) - now_us() as i64);
    }
    Ok(())
}

/// The counter's rate as CPUID tells it (leaf 15h: crystal, numerator, denominator).
fn hertz_of_cpuid() -> Option<u64> {
    let leaf = cpuid(0x15, 0);
    let hertz = u64::from(leaf.ecx) * u64::from(leaf.ebx);
    hertz.checked_div(u64::from(leaf.eax)).filter(|hertz| *hertz > 0)
}

fn ticks_to_us(ticks: u64) -> u64 {
    ((u128::from(ticks) * u128::from(STATE.us_per_tick.get())) >> 32) as u64
}

/// Microseconds since the kernel was entered. It never decreases.
pub fn now_us() -> u64 {
    let now = ticks_to_us(time_stamp().wrapping_sub(STATE.start.get()));
    // A counter that steps back (another CPU, a migration) must not show.
    let now = now.max(STATE.last_us.get());
    STATE.last_us.set(now);
    now
}

/// Microseconds since 1970; counted from 0 where the machine has no real-time clock.
pub fn wall_us() -> i64 {
    STATE.wall_at_start_us.get() + now_us() as i64
}

/// Counts of the local timer until `deadline_us`, at least 1; the timer's longest where the
/// deadline is further. `None` when it has passed.
pub(super) fn timer_count(deadline_us: u64) -> Option<u32> {
    let left = deadline_us.checked_sub(now_us()).filter(|left| *left > 0)?;
    // Rounded up, and one more: the first count may be a partial one.
    let count = ((u128::from(left) * u128::from(STATE.timer_per_us.get())) >> 16) + 1;
    Some(u32::try_from(count).unwrap_or(u32::MAX))
}
