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
    let index = TABLE.count.get();
    if let Some(place) = TABLE.stamps.get(index) {
        place.set((what, arch::clock::counter()));
        TABLE.count.set(index + 1);
    }
}

/// The stamp at `index`: what ended, and when, in microseconds since the counter began, which is
/// when the machine was switched on.
pub fn get(index: usize) -> Option<(&'static str, u64)> {
    let (what, counter) = TABLE.stamps[..TABLE.count.get()].get(index)?.get();
    Some((what, arch::clock::counter_us(counter)))
}
