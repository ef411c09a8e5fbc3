//! The 8254 timer, used once, to measure the time stamp counter. Its channel 0 is read by latching
//! its count: a microvm has no port 0x61, so the usual channel 2 cannot be used.

use super::cpu::{in8, out8, time_stamp};

/// Ticks in a second.
const HERTZ: u64 = 1_193_182;
const CHANNEL_0: u16 = 0x40;
const COMMAND: u16 = 0x43;
/// How long is measured, in ticks: 4 ms, at which 1 µs of jitter is 0.025 %.
const MEASURE_TICKS: u64 = HERTZ / 250;
/// Polls without the count moving, after which there is no such timer.
const POLLS_MAX: u32 = 1_000_000;

/// One moment: the counter of the CPU and that of the timer, which counts down.
struct Moment {
    time_stamp: u64,
    count: u16,
}

fn moment() -> Moment {
    // The tightest of four readings: between two reads of the CPU's counter lies the latch.
    let mut best = u64::MAX;
    let mut result = Moment { time_stamp: 0, count: 0 };
    for _ in 0..4 {
        let before = time_stamp();
        // SAFETY: the timer's registers touch no memory.
        unsafe { out8(COMMAND, 0) };
        let after = time_stamp();
        // SAFETY: as above.
        let count = unsafe { u16::from(in8(CHANNEL_0)) | u16::from(in8(CHANNEL_0)) << 8 };
        if after.wrapping_sub(before) < best {
            best = after.wrapping_sub(before);
            result = Moment { time_stamp: before + best / 2, count };
        }
    }
    result
}

/// Measures how often the time stamp counter ticks in a second; `during` is called at both ends of
/// the measurement. `None` where there is no such timer.
pub fn measure(mut at_ends: impl FnMut()) -> Option<u64> {
    // Mode 0, both bytes: counts down from 65,535 once, which takes 55 ms.
    for (port, value) in [(COMMAND, 0x30), (CHANNEL_0, 0xff), (CHANNEL_0, 0xff)] {
        // SAFETY: as above.
        unsafe { out8(port, value) };
    }
    let start = moment();
    at_ends();
    for _ in 0..POLLS_MAX {
        let now = moment();
        let ticks = u64::from(start.count.wrapping_sub(now.count));
        if ticks >= MEASURE_TICKS {
            at_ends();
            return Some((now.time_stamp - start.time_stamp) * HERTZ / ticks);
        }
    }
    None
}
