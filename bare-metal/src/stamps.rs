//! What the start has reached, and when: a table that JavaScript reads (`trace=boot`). It is always
//! kept, since a stamp costs no more than a reading of the counter.

use crate::arch;
use crate::one_cpu::OneCpu;
use core::cell::Cell;

/// Stamps beyond this many are dropped.
const STAMPS_MAX: usize = 16;

struct Table {
    /// What ended, and the counter then.
    stamps: [Cell<(&'static str, u64)>; STAMPS_MAX],
    count: Cell<usize>,
}

static TABLE: OneCpu<Table> =
    OneCpu::new(Table { stamps: [const { Cell::new(("", 0)) }; STAMPS_MAX], count: Cell::new(0) });

/// Notes that `what` has just ended.
pub fn stamp(what: &'static str) {
    stamp_at(what, arch::clock::counter());
}

/// Notes that `what` ended when the counter, which begins where the machine is switched on, had this
/// value.
pub fn stamp_at(what: &'static str, counter: u64) {
    let index = TABLE.count.get();
    if let Some(place) = TABLE.stamps.get(index) {
        place.set((what, counter));
        TABLE.count.set(index + 1);
    }
}

/// The stamp at `index`: what ended, and when, in microseconds of the kernel's clock: what came
/// before the kernel has a negative time.
pub fn get(index: usize) -> Option<(&'static str, i64)> {
    let (what, counter) = TABLE.stamps[..TABLE.count.get()].get(index)?.get();
    Some((what, arch::clock::counter_us(counter)))
}
