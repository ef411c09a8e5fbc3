//! The 8254 timer, used once, to measure the time stamp counter. Its channel 0 is read by latching
//! its count: a microvm has no port 0x61, so the usual channel 2 cannot be used.

use super::cpu::{in8, out8, time_stamp};

/// Ticks in a second.
const HERTZ: u64 = 1_193_182;
const CHANNEL_0: u16 = 0x40;
const COMMAND: u16 = 0x43;
/// The counter has 16 bits: it begins again after 55 ms.
const WRAP: u64 = 1 << 16;
/// Polls without the count moving, after which there is no such timer.
const POLLS_MAX: u32 = 1_000_000;

/// One moment: the counter of the CPU and that of the timer, which counts down.
#[derive(Clone, Copy)]
pub struct Moment {
    /// The time stamp counter.
    pub time_stamp: u64,
    count: u16,
}

/// Lets the counter run, and returns the first moment.
pub fn start() -> Moment {
    // Mode 0, both bytes: counts down from 65,535, and then again.
    for (port, value) in [(COMMAND, 0x30), (CHANNEL_0, 0xff), (CHANNEL_0, 0xff)] {
        // SAFETY: the timer's registers touch no memory.
        unsafe { out8(port, value) };
    }
    now()
}

/// This moment.
pub fn now() -> Moment {
    // The tightest of four readings: between two reads of the CPU's counter lies the latch.
    let mut best = u64::MAX;
    let mut result = Moment { time_stamp: 0, count: 0 };
    for _ in 0..4 {
        let before = time_stamp();
        // SAFETY: as in `start`.
        unsafe { out8(COMMAND, 0) };
        let after = time_stamp();
        // SAFETY: as in `start`.
        let count = unsafe { u16::from(in8(CHANNEL_0)) | u16::from(in8(CHANNEL_0)) << 8 };
        if after.wrapping_sub(before) < best {
            best = after.wrapping_sub(before);
            result = Moment { time_stamp: before + best / 2, count };
        }
    }
    result
}

/// Waits until at least `us` microseconds (below 50,000) have passed since `start`; the moment then.
/// `None` where there is no such timer.
pub fn wait(start: Moment, us: u64) -> Option<Moment> {
    let ticks = us * HERTZ / 1_000_000;
    for _ in 0..POLLS_MAX {
        let now = now();
        if u64::from(start.count.wrapping_sub(now.count)) >= ticks {
            return Some(now);
        }
    }
    None
}

/// How often the time stamp counter ticks in a second, from two moments. `rough` is what it ticks
/// roughly, by which it is known how often the timer began again in between; 0: never.
pub fn hertz(start: Moment, end: Moment, rough: u64) -> Option<u64> {
    let stamps = u128::from(end.time_stamp.wrapping_sub(start.time_stamp));
    let counted = u64::from(start.count.wrapping_sub(end.count));
    let expected = (stamps * u128::from(HERTZ)).checked_div(u128::from(rough)).unwrap_or(0) as u64;
    let wraps = (expected + WRAP / 2).saturating_sub(counted) / WRAP;
    (stamps * u128::from(HERTZ))
        .checked_div(u128::from(counted + wraps * WRAP))
        .map(|hertz| hertz as u64)
}
