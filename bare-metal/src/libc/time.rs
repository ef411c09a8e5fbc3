//! Time as the engine asks for it: `Date`, and the seeds of `Math.random` and of its hashes.

use crate::arch;
use crate::entropy;
use crate::one_cpu::OneCpu;
use core::cell::Cell;
use core::ffi::{c_int, c_void};

#[repr(C)]
struct TimeValue {
    seconds: i64,
    microseconds: i64,
}

#[repr(C)]
struct TimeSpecification {
    seconds: i64,
    nanoseconds: i64,
}

/// `struct tm` of `engine/include/time.h`.
#[repr(C)]
struct Parts {
    fields: [c_int; 9],
    utc_offset_seconds: i64,
}

static FEEDS_ENTROPY: OneCpu<Cell<bool>> = OneCpu::new(Cell::new(false));

/// While the engine starts, `gettimeofday` answers with random bits: QuickJS seeds its hashes and
/// `Math.random` from nothing else. On a machine whose CPU has none a counter must do,
/// which is why nothing that matters may use either.
pub fn feed_entropy(feeds: bool) {
    FEEDS_ENTROPY.set(feeds);
}

#[unsafe(no_mangle)]
extern "C" fn gettimeofday(now: *mut TimeValue, _zone: *mut c_void) -> c_int {
    let us = if FEEDS_ENTROPY.get() {
        let mut random = [0; 8];
        if entropy::fill(&mut random) {
            // Seconds are multiplied by a million: 43 bits are left.
            i64::from_le_bytes(random) >> 21
        } else {
            arch::entropy::guessable() as i64 & i64::MAX >> 1
        }
    } else {
        arch::clock::wall_us()
    };
    let value =
        TimeValue { seconds: us.div_euclid(1_000_000), microseconds: us.rem_euclid(1_000_000) };
    // SAFETY: C's contract: the pointer is valid.
    unsafe { now.write(value) };
    0
}

#[unsafe(no_mangle)]
extern "C" fn clock_gettime(_clock: c_int, now: *mut TimeSpecification) -> c_int {
    let us = arch::clock::now_us() as i64;
    let value = TimeSpecification { seconds: us / 1_000_000, nanoseconds: us % 1_000_000 * 1000 };
    // SAFETY: C's contract: the pointer is valid.
    unsafe { now.write(value) };
    0
}

/// The machine's zone is UTC. The engine reads the offset from UTC and nothing else.
#[unsafe(no_mangle)]
extern "C" fn localtime_r(_time: *const i64, parts: *mut Parts) -> *mut Parts {
    // SAFETY: C's contract: the pointer is valid.
    unsafe { parts.write(Parts { fields: [0; 9], utc_offset_seconds: 0 }) };
    parts
}
