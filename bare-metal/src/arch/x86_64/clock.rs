//! Time. Under KVM its own clock, for time and for the time of day. Elsewhere the time stamp counter,
//! measured against the 8254 while the kernel starts, and the real-time clock (`wall_clock.rs`).
//!
//! Nobody waits for the measurement: `start` takes the first moment and a rough rate, within a
//! fraction of a millisecond, and `settle` takes the second moment when JavaScript is about to begin.

use super::cpu::{cpuid, time_stamp};
use super::{cpu, kvm_clock, local_apic, pit, real_time_clock};
use crate::one_cpu::OneCpu;
use crate::wall_clock::WallClock;
use crate::wall_time;
use core::cell::Cell;

/// The timer counts to the end of no measurement, so that its interrupt never comes.
const TIMER_UNUSED: u8 = 0xff;

/// For the rough rate: one tick of the 8254 in 300.
const ROUGH_US: u64 = 250;
/// For the rate: a microsecond of jitter at both ends is 0.1 %, for a start that was as quick as that.
const SETTLE_US: u64 = 2000;

/// One end of the measurement.
#[derive(Clone, Copy)]
struct End {
    /// The counter of the CPU.
    time_stamp: u64,
    timer_count: u32,
}

impl End {
    fn now() -> Self {
        Self { time_stamp: time_stamp(), timer_count: local_apic::current_count() }
    }
}

/// What is still to be measured.
#[derive(Clone, Copy)]
enum Measuring {
    Nothing,
    /// The rate of the local timer, against a counter that is known.
    Timer(End),
    /// Both, against the 8254; with the counter's rough rate.
    Both(End, pit::Moment, u64),
}

struct State {
    /// The counter when the kernel was entered.
    start: Cell<u64>,
    /// Microseconds for each tick, times 2^32.
    us_per_tick: Cell<u64>,
    /// Counts of the local timer for each microsecond, times 2^16.
    timer_per_us: Cell<u64>,
    wall: Cell<WallClock>,
    /// Nanoseconds of KVM's clock at microsecond 0; `None` where the counter is the clock.
    kvm_start_ns: Cell<Option<u64>>,
    last_us: Cell<u64>,
    measuring: Cell<Measuring>,
}

static STATE: OneCpu<State> = OneCpu::new(State {
    start: Cell::new(0),
    us_per_tick: Cell::new(0),
    timer_per_us: Cell::new(1),
    wall: Cell::new(WallClock::unknown()),
    kvm_start_ns: Cell::new(None),
    last_us: Cell::new(0),
    measuring: Cell::new(Measuring::Nothing),
});

/// Marks microsecond 0.
pub fn mark_start() {
    STATE.start.set(time_stamp());
}

/// Begins to measure, after the local interrupt controller was started.
pub fn start() -> Result<(), &'static str> {
    local_apic::arm(TIMER_UNUSED, u32::MAX);
    if let Some((hertz, wall_us)) = kvm_clock::start()
        && let Some(now_ns) = kvm_clock::now_ns()
    {
        let first = End::now();
        set_rate(hertz)?;
        let since_start_ns = 1000 * ticks_to_us(first.time_stamp.wrapping_sub(STATE.start.get()));
        let start_ns = now_ns.saturating_sub(since_start_ns);
        STATE.kvm_start_ns.set(Some(start_ns));
        STATE.wall.set(WallClock::exact(wall_us + (start_ns / 1000) as i64));
        STATE.measuring.set(Measuring::Timer(first));
        return Ok(());
    }
    let moment = pit::start();
    let first = End { time_stamp: moment.time_stamp, timer_count: local_apic::current_count() };
    let rough = pit::wait(moment, ROUGH_US).and_then(|now| pit::hertz(moment, now, 0));
    let hertz = rough.or_else(hertz_of_cpuid).ok_or("there is no timer to measure time by")?;
    set_rate(hertz)?;
    set_timer_rate(first);
    STATE
        .measuring
        .set(rough.map_or(Measuring::Timer(first), |rough| Measuring::Both(first, moment, rough)));
    let before_us = now_us();
    if let Some(calendar) = real_time_clock::read() {
        let second = wall_time::to_unix_us(calendar) / 1_000_000;
        STATE.wall.set(WallClock::first(second, before_us, now_us()));
    }
    Ok(())
}

/// Ends the measurement: from here on the clock is as exact as it gets.
pub fn settle() -> Result<(), &'static str> {
    match STATE.measuring.replace(Measuring::Nothing) {
        Measuring::Nothing => {}
        Measuring::Timer(first) => {
            let us_since = || ticks_to_us(time_stamp().wrapping_sub(first.time_stamp));
            while us_since() < SETTLE_US {
                core::hint::spin_loop();
            }
            set_timer_rate(first);
        }
        Measuring::Both(first, moment, rough) => {
            let is_short = now_us() < 2 * SETTLE_US;
            let now = if is_short { pit::wait(moment, SETTLE_US) } else { Some(pit::now()) };
            if let Some(hertz) = now.and_then(|now| pit::hertz(moment, now, rough)) {
                set_rate(hertz)?;
                set_timer_rate(first);
                // Nobody has seen the rough clock.
                STATE.last_us.set(0);
            }
        }
    }
    local_apic::arm(TIMER_UNUSED, 0);
    Ok(())
}

/// What time is taken from, for a report.
pub fn source() -> &'static str {
    match (STATE.kvm_start_ns.get(), cpu::has_invariant_time_stamp()) {
        (Some(_), _) => "kvm-clock",
        (None, true) => "the time stamp counter, which is invariant",
        (None, false) => "the time stamp counter, which is not said to be invariant",
    }
}

fn set_rate(hertz: u64) -> Result<(), &'static str> {
    if hertz < 1_000_000 {
        return Err("the time stamp counter does not count");
    }
    STATE.us_per_tick.set(((1_000_000u128 << 32) / u128::from(hertz)) as u64);
    Ok(())
}

/// The local timer has counted down since `first`.
fn set_timer_rate(first: End) {
    let counts = u64::from(first.timer_count.wrapping_sub(local_apic::current_count()));
    let us = ticks_to_us(time_stamp().wrapping_sub(first.time_stamp)).max(1);
    STATE.timer_per_us.set(((counts << 16) / us).max(1));
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

/// Nanoseconds, of a difference of two readings of the counter.
pub fn ticks_to_ns(ticks: u64) -> u64 {
    ((u128::from(ticks) * u128::from(STATE.us_per_tick.get()) * 1000) >> 32) as u64
}

/// The counter behind the clock, as it is.
pub fn counter() -> u64 {
    time_stamp()
}

/// The clock's microsecond of a reading of the counter; negative before the kernel was entered.
pub fn counter_us(reading: u64) -> i64 {
    ticks_to_us(reading) as i64 - ticks_to_us(STATE.start.get()) as i64
}

/// Microseconds since the kernel was entered. It never decreases.
pub fn now_us() -> u64 {
    let now = match (STATE.kvm_start_ns.get(), kvm_clock::now_ns()) {
        (Some(start_ns), Some(now_ns)) => now_ns.saturating_sub(start_ns) / 1000,
        _ => ticks_to_us(time_stamp().wrapping_sub(STATE.start.get())),
    };
    // A counter that steps back (another CPU, a migration) must not show.
    let now = now.max(STATE.last_us.get());
    STATE.last_us.set(now);
    now
}

/// Microseconds since 1970; counted from 0 where the machine has no real-time clock.
pub fn wall_us() -> i64 {
    let before_us = now_us();
    let mut wall = STATE.wall.get();
    if wall.is_due(before_us) {
        match real_time_clock::look() {
            Some(calendar) => {
                wall.observe(wall_time::to_unix_us(calendar) / 1_000_000, before_us, now_us());
            }
            None => wall.postpone(before_us),
        }
        STATE.wall.set(wall);
    }
    wall.now(now_us())
}

/// Counts of the local timer until `deadline_us`, at least 1; the timer's longest where the
/// deadline is further. `None` when it has passed.
pub(super) fn timer_count(deadline_us: u64) -> Option<u32> {
    let left = deadline_us.checked_sub(now_us()).filter(|left| *left > 0)?;
    // Rounded up, and one more: the first count may be a partial one.
    let count = ((u128::from(left) * u128::from(STATE.timer_per_us.get())) >> 16) + 1;
    Some(u32::try_from(count).unwrap_or(u32::MAX))
}
