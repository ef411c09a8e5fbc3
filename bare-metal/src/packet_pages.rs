//! Which driver owns which pages of the memory for devices: each driver has a pool, and each page at
//! most one owner.

use crate::paging::PAGE;
use alloc::vec;
use alloc::vec::Vec;
use core::num::NonZeroU8;

/// The most pages that are managed: 32 MiB.
pub const PAGES_MAX: usize = 8192;
/// The most pools that are open at one time.
pub const POOLS_MAX: u8 = 64;

/// The number of a pool, `1 ..= POOLS_MAX`.
pub type PoolId = NonZeroU8;

/// Pages `0 .. count`, of which some belong to pools.
pub struct Pages {
    owners: Vec<Option<PoolId>>,
    /// Bit `pool - 1`: it is open.
    open: u64,
}

impl Pages {
    /// `count` free pages; more than `PAGES_MAX` are not used.
    pub fn new(count: usize) -> Self {
        Self { owners: vec![None; count.min(PAGES_MAX)], open: 0 }
    }

    /// Opens a pool that owns nothing; `None` where too many are open.
    pub fn open_pool(&mut self) -> Option<PoolId> {
        let bit = self.open.trailing_ones();
        if bit >= u32::from(POOLS_MAX) {
            return None;
        }
        self.open |= 1 << bit;
        PoolId::new(bit as u8 + 1)
    }

    /// A pool's number, if it is open.
    pub fn pool(&self, number: u64) -> Option<PoolId> {
        let pool = PoolId::new(u8::try_from(number).ok()?)?;
        (pool.get() <= POOLS_MAX && self.open >> (pool.get() - 1) & 1 == 1).then_some(pool)
    }

    /// Closes a pool: its pages are free.
    pub fn close_pool(&mut self, pool: PoolId) {
        self.open &= !(1 << (pool.get() - 1));
        for owner in &mut self.owners {
            if *owner == Some(pool) {
                *owner = None;
            }
        }
    }

    /// Gives `count` neighbouring pages to a pool, the first at a multiple of `alignment` pages: the last
    /// ones that are free, next to the system's region, so that what is used lies together.
    ///
    /// Returns the first page, or `None` where there is no such room, or `count` is 0.
    pub fn take(&mut self, pool: PoolId, count: usize, alignment: usize) -> Option<usize> {
        if count == 0 || alignment == 0 {
            return None;
        }
        let mut end = self.owners.len();
        loop {
            let first = end.checked_sub(count)? / alignment * alignment;
            let pages = self.owners.get_mut(first..first + count)?;
            match pages.iter().position(Option::is_some) {
                None => {
                    pages.fill(Some(pool));
                    return Some(first);
                }
                Some(blocked) => end = first + blocked,
            }
        }
    }

    /// Whether all bytes of a range lie in pages of the pool.
    #[inline]
    pub fn owns(&self, pool: PoolId, offset: u64, length: u64) -> bool {
        let first = (offset / PAGE) as usize;
        let last = (offset + length.max(1) - 1) / PAGE;
        self.owners
            .get(first..last as usize + 1)
            .is_some_and(|owners| owners.iter().all(|owner| *owner == Some(pool)))
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
    fn pages_are_given_once_and_again_after_their_pool_was_closed() {
        let mut pages = Pages::new(8);
        let (a, b) = (pages.open_pool().unwrap(), pages.open_pool().unwrap());
        assert_eq!(pages.take(a, 2, 1), Some(6));
        assert_eq!(pages.take(b, 3, 4), Some(0));
        assert_eq!(pages.take(a, 5, 1), None);
        assert_eq!(pages.take(a, 3, 1), Some(3));
        pages.close_pool(a);
        assert_eq!(pages.pool(u64::from(a.get())), None);
        assert_eq!(pages.take(b, 3, 1), Some(5));
        assert_eq!(pages.take(b, 2, 2), None);
        assert_eq!(pages.take(b, 2, 1), Some(3));
    }

    #[test]
    fn a_range_is_a_pools_if_all_of_its_pages_are() {
        let mut pages = Pages::new(3);
        let (a, b) = (pages.open_pool().unwrap(), pages.open_pool().unwrap());
        assert_eq!(pages.take(b, 1, 1), Some(2));
        assert_eq!(pages.take(a, 2, 1), Some(0));
        assert!(pages.owns(a, 0, 2 * PAGE) && pages.owns(a, 2 * PAGE - 1, 1));
        assert!(!pages.owns(a, 1, 2 * PAGE) && !pages.owns(b, 0, 1));
        assert!(pages.owns(b, 2 * PAGE + 5, 0) && !pages.owns(b, 3 * PAGE, 0));
        assert!(!pages.owns(a, 7 * PAGE, 2 * PAGE) && !pages.owns(a, 1 << 40, 1));
    }

    #[test]
    fn pools_have_a_bound_and_numbers_that_are_checked() {
        let mut pages = Pages::new(1);
        for number in 1..=POOLS_MAX {
            assert_eq!(pages.open_pool().map(PoolId::get), Some(number));
        }
        assert_eq!(pages.open_pool(), None);
        for number in [0, u64::from(POOLS_MAX) + 1, 255, 256, u64::MAX] {
            assert_eq!(pages.pool(number), None);
        }
    }

    #[test]
    fn sizes_are_rounded_up_and_bounded() {
        assert_eq!(pages_for(1), Some(1));
        assert_eq!(pages_for(4097), Some(2));
        assert_eq!(pages_for(0), None);
        assert_eq!(pages_for(u64::MAX), None);
        let mut pages = Pages::new(4);
        let pool = pages.open_pool().unwrap();
        assert_eq!(pages.take(pool, 5, 1), None);
        assert_eq!(pages.take(pool, 0, 1), None);
    }
}
