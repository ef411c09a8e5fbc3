//! Which pages of the memory for devices are taken: a bit for each page, first fit.

use crate::paging::PAGE;

/// The most pages that are managed: 32 MiB.
pub const PAGES_MAX: usize = 8192;

/// A set of pages, `0 .. count`, of which some are taken.
pub struct Pages {
    taken: [u64; PAGES_MAX / 64],
    count: usize,
}

impl Pages {
    /// `count` free pages; more than `PAGES_MAX` are not used.
    pub const fn new(count: usize) -> Self {
        let count = if count < PAGES_MAX { count } else { PAGES_MAX };
        Self { taken: [0; PAGES_MAX / 64], count }
    }

    /// Takes `count` neighbouring pages, the first at a multiple of `alignment` pages.
    ///
    /// Returns the first page, or `None` where there is no such room, or `count` is 0.
    pub fn take(&mut self, count: usize, alignment: usize) -> Option<usize> {
        if count == 0 || alignment == 0 {
            return None;
        }
        let mut first = 0_usize;
        while first.checked_add(count)? <= self.count {
            match (first..first + count).rev().find(|page| self.is_taken(*page)) {
                None => {
                    self.mark(first, count, true);
                    return Some(first);
                }
                Some(blocked) => first = (blocked + 1).next_multiple_of(alignment),
            }
        }
        None
    }

    /// Gives pages back. Returns false, and changes nothing, unless all of them are taken.
    pub fn give_back(&mut self, first: usize, count: usize) -> bool {
        let Some(end) = first.checked_add(count) else { return false };
        if count == 0 || end > self.count || (first..end).any(|page| !self.is_taken(page)) {
            return false;
        }
        self.mark(first, count, false);
        true
    }

    fn is_taken(&self, page: usize) -> bool {
        self.taken[page / 64] >> (page % 64) & 1 == 1
    }

    fn mark(&mut self, first: usize, count: usize, taken: bool) {
        for page in first..first + count {
            let bit = 1 << (page % 64);
            if taken {
                self.taken[page / 64] |= bit;
            } else {
                self.taken[page / 64] &= !bit;
            }
        }
    }
}

/// Pages for `length` bytes; `None` where that is 0 or does not fit.
pub fn pages_for(length: u64) -> Option<usize> {
    let pages = length.checked_add(PAGE - 1)? / PAGE;
    usize::try_from(pages).ok().filter(|pages| (1..=PAGES_MAX).contains(pages))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_are_given_once_and_again_after_they_came_back() {
        let mut pages = Pages::new(8);
        assert_eq!(pages.take(3, 1), Some(0));
        assert_eq!(pages.take(2, 4), Some(4));
        assert_eq!(pages.take(3, 1), None);
        assert_eq!(pages.take(2, 1), Some(6));
        assert!(pages.give_back(0, 3));
        assert!(!pages.give_back(0, 3), "twice");
        assert_eq!(pages.take(4, 1), Some(0));
    }

    #[test]
    fn what_was_not_taken_cannot_be_given_back() {
        let mut pages = Pages::new(4);
        assert_eq!(pages.take(2, 1), Some(0));
        for (first, count) in [(1, 2), (4, 1), (0, 0), (usize::MAX, 2)] {
            assert!(!pages.give_back(first, count), "{first} {count}");
        }
    }

    #[test]
    fn sizes_are_rounded_up_and_bounded() {
        assert_eq!(pages_for(1), Some(1));
        assert_eq!(pages_for(4097), Some(2));
        assert_eq!(pages_for(0), None);
        assert_eq!(pages_for(u64::MAX), None);
        assert_eq!(Pages::new(4).take(5, 1), None);
        assert_eq!(Pages::new(4).take(0, 1), None);
    }
}
