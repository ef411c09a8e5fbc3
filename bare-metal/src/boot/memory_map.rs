//! Physical memory as the loader describes it, and what remains after the kernel took its parts.

/// The most ranges that are kept; loaders report about ten. Further ones are ignored, which loses
/// memory and nothing else.
pub const RANGES_MAX: usize = 64;

/// A half-open range of physical addresses: `start <= address < end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The first address.
    pub start: u64,
    /// The address after the last one.
    pub end: u64,
}

impl Range {
    /// A range of `length` bytes, cut off where it would wrap around.
    pub const fn of(start: u64, length: u64) -> Self {
        Self { start, end: start.saturating_add(length) }
    }

    /// Its length in bytes; 0 where it is empty or reversed.
    pub const fn length(&self) -> u64 {
        self.end.saturating_sub(self.start)
    }

    /// Whether the two share an address.
    pub const fn overlaps(&self, other: &Range) -> bool {
        self.start < other.end && other.start < self.end
    }
}

/// A set of disjoint ranges, unordered.
#[derive(Clone, Debug)]
pub struct Ranges {
    items: [Range; RANGES_MAX],
    count: usize,
}

impl Default for Ranges {
    fn default() -> Self {
        Self::new()
    }
}

impl Ranges {
    /// The empty set.
    pub const fn new() -> Self {
        Self { items: [Range { start: 0, end: 0 }; RANGES_MAX], count: 0 }
    }

    /// The ranges.
    pub fn as_slice(&self) -> &[Range] {
        &self.items[..self.count]
    }

    /// Bytes in all ranges together.
    pub fn total(&self) -> u64 {
        self.as_slice().iter().map(Range::length).sum()
    }

    /// Adds a range after taking away what is there already, so that nothing is counted twice.
    /// What does not fit into `RANGES_MAX` is dropped.
    pub fn add(&mut self, range: Range) {
        self.remove(range);
        if range.length() > 0 && self.count < RANGES_MAX {
            self.items[self.count] = range;
            self.count += 1;
        }
    }

    /// Takes every address of `gone` out of the set. Where a split needs more room than
    /// `RANGES_MAX`, the upper part is dropped: memory is lost, never given out twice.
    pub fn remove(&mut self, gone: Range) {
        let before = self.clone();
        self.count = 0;
        for range in before.as_slice() {
            if !range.overlaps(&gone) {
                self.push(*range);
                continue;
            }
            self.push(Range { start: range.start, end: gone.start });
            self.push(Range { start: gone.end, end: range.end });
        }
    }

    /// Shrinks every range to whole pages of `page` bytes (a power of two) and drops empty ones.
    pub fn trim_to_pages(&mut self, page: u64) {
        let before = self.clone();
        self.count = 0;
        for range in before.as_slice() {
            let start = range.start.saturating_add(page - 1) & !(page - 1);
            self.push(Range { start, end: range.end & !(page - 1) });
        }
    }

    /// Whether any range shares an address with `other`.
    pub fn overlaps(&self, other: &Range) -> bool {
        self.as_slice().iter().any(|range| range.overlaps(other))
    }

    fn push(&mut self, range: Range) {
        if range.start < range.end && self.count < RANGES_MAX {
            self.items[self.count] = range;
            self.count += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ranges(of: &[(u64, u64)]) -> Ranges {
        let mut all = Ranges::new();
        for &(start, end) in of {
            all.add(Range { start, end });
        }
        all
    }

    #[test]
    fn removing_from_the_middle_leaves_both_sides() {
        let mut map = ranges(&[(0, 100)]);
        map.remove(Range { start: 40, end: 60 });
        assert_eq!(map.as_slice(), &[Range { start: 0, end: 40 }, Range { start: 60, end: 100 }]);
        assert_eq!(map.total(), 80);
    }

    #[test]
    fn overlapping_ranges_are_counted_once() {
        assert_eq!(ranges(&[(0, 100), (50, 150)]).total(), 150);
        assert_eq!(ranges(&[(0, 100), (0, 100)]).total(), 100);
    }

    #[test]
    fn removing_all_or_nothing() {
        let mut map = ranges(&[(10, 20)]);
        map.remove(Range { start: 20, end: 30 });
        assert_eq!(map.total(), 10);
        map.remove(Range { start: 0, end: u64::MAX });
        assert_eq!(map.as_slice(), &[]);
    }

    #[test]
    fn trimming_keeps_whole_pages_only() {
        let mut map = ranges(&[(1, 4096), (4097, 12288 + 5)]);
        map.trim_to_pages(4096);
        assert_eq!(map.as_slice(), &[Range { start: 8192, end: 12288 }]);
    }

    #[test]
    fn a_range_that_wraps_is_cut_off() {
        assert_eq!(Range::of(u64::MAX - 1, 10).end, u64::MAX);
        assert_eq!(Range { start: 5, end: 1 }.length(), 0);
    }

    #[test]
    fn too_many_ranges_lose_memory_but_never_overlap() {
        let mut map = ranges(&[(0, 10_000)]);
        for at in 0..200 {
            map.remove(Range::of(at * 20, 1));
        }
        let slice = map.as_slice();
        assert!(slice.len() <= RANGES_MAX);
        for (index, range) in slice.iter().enumerate() {
            assert!(slice[index + 1..].iter().all(|other| !other.overlaps(range)));
        }
    }
}
