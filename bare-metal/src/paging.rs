//! Page tables of four levels with 512 entries each, as x86_64 has them. Addresses are mapped to
//! themselves: what changes is what may be done with a page.
//!
//! No page is ever both writable and executable: `Access` has no such value.

/// Bytes in a small page.
pub const PAGE: u64 = 4096;
/// Bytes in a large page.
pub const LARGE_PAGE: u64 = 2 << 20;

const PRESENT: u64 = 1;
const WRITABLE: u64 = 1 << 1;
const WRITE_THROUGH: u64 = 1 << 3;
const UNCACHED: u64 = 1 << 4;
/// Of the processor: the page was read, and written.
const MARKS: u64 = 3 << 5;
const LARGE: u64 = 1 << 7;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// What may be done with a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Nothing: the page is not mapped.
    None,
    /// Read and execute.
    Code,
    /// Read.
    ReadOnly,
    /// Read and write.
    Data,
    /// Read and write, uncached: registers of devices.
    Device,
}

impl Access {
    fn bits(self) -> u64 {
        match self {
            Access::None => 0,
            Access::Code => PRESENT,
            Access::ReadOnly => PRESENT | NO_EXECUTE,
            Access::Data => PRESENT | WRITABLE | NO_EXECUTE,
            Access::Device => PRESENT | WRITABLE | WRITE_THROUGH | UNCACHED | NO_EXECUTE,
        }
    }
}

/// One page table.
#[repr(C, align(4096))]
pub struct Table([u64; 512]);

impl Table {
    /// A table that maps nothing.
    pub const EMPTY: Table = Table([0; 512]);
}

/// Gives zeroed tables.
pub trait TableSource {
    /// A new table, at an address below 2^52 that is the same physically; `None`: no memory.
    fn take(&mut self) -> Option<&'static mut Table>;
}

/// There is no memory for another page table.
#[derive(Debug, PartialEq, Eq)]
pub struct OutOfTables;

/// Gives `access` to every page of `start..end`, which are multiples of `PAGE` below 2^47.
/// Large pages are used where they fit and split where they must be. A failure may leave the first
/// part of the range changed.
///
/// Returns whether a translation changed that the processor may remember: it remembers none of pages
/// that were not mapped (SDM volume 3, 4.10.4.3).
pub fn protect(
    root: &mut Table,
    start: u64,
    end: u64,
    access: Access,
    tables: &mut impl TableSource,
) -> Result<bool, OutOfTables> {
    assert!(start.is_multiple_of(PAGE) && end.is_multiple_of(PAGE) && end <= 1 << 47);
    let mut at = start;
    let mut is_stale = false;
    while at < end {
        let level2 = {
            let level3 = below(&mut root.0[index(at, 39)], tables)?;
            below(&mut level3.0[index(at, 30)], tables)?
        };
        let entry = &mut level2.0[index(at, 21)];
        let is_table = *entry & (PRESENT | LARGE) == PRESENT;
        let is_large = at.is_multiple_of(LARGE_PAGE) && end - at >= LARGE_PAGE && !is_table;
        let (entry, size, bytes) = if is_large {
            (entry, LARGE, LARGE_PAGE)
        } else {
            if !is_table {
                split(entry, at & !(LARGE_PAGE - 1), tables)?;
            }
            (&mut below(entry, tables)?.0[index(at, 12)], 0, PAGE)
        };
        let new = match access {
            Access::None => 0,
            _ => at | access.bits() | size,
        };
        let old = core::mem::replace(entry, new);
        is_stale |= old & PRESENT != 0 && old & !MARKS != new;
        at += bytes;
    }
    Ok(is_stale)
}

fn index(address: u64, shift: u32) -> usize {
    ((address >> shift) & 511) as usize
}

/// The table behind an entry; a new one where there is none.
fn below<'a>(
    entry: &'a mut u64,
    tables: &mut impl TableSource,
) -> Result<&'a mut Table, OutOfTables> {
    if *entry & PRESENT == 0 {
        let table = tables.take().ok_or(OutOfTables)?;
        *entry = core::ptr::from_mut(table) as u64 | PRESENT | WRITABLE;
    }
    assert!(*entry & LARGE == 0, "a page of a GiB is never made");
    // SAFETY: the entry is present and not large, so it was made from a table that a `TableSource`
    // gave for good (or by the boot code, in its own section), whose address is the same virtually.
    // Only this module reaches tables, and the `&mut` of the level above excludes a second path.
    Ok(unsafe { &mut *((*entry & ADDRESS) as *mut Table) })
}

/// Replaces a large page (or an unmapped one) by a table of small pages with the same rights.
fn split(entry: &mut u64, base: u64, tables: &mut impl TableSource) -> Result<(), OutOfTables> {
    let table = tables.take().ok_or(OutOfTables)?;
    if *entry & PRESENT != 0 {
        let rights = *entry & !(ADDRESS | LARGE);
        for (page, small) in table.0.iter_mut().enumerate() {
            *small = (base + page as u64 * PAGE) | rights;
        }
    }
    *entry = core::ptr::from_mut(table) as u64 | PRESENT | WRITABLE;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Leaked {
        left: usize,
    }

    impl TableSource for Leaked {
        fn take(&mut self) -> Option<&'static mut Table> {
            self.left = self.left.checked_sub(1)?;
            Some(Box::leak(Box::new(Table::EMPTY)))
        }
    }

    /// The rights at an address, read as the CPU does.
    fn rights(root: &mut Table, address: u64) -> Option<u64> {
        let mut table: *const Table = root;
        for shift in [39, 30, 21, 12] {
            // SAFETY: present entries that are not large point to tables that were leaked.
            let entry = unsafe { (&(*table).0)[index(address, shift)] };
            if entry & PRESENT == 0 {
                return None;
            }
            if shift == 12 || entry & LARGE != 0 {
                let size = 1u64 << shift;
                assert_eq!(entry & ADDRESS, address & !(size - 1), "mapped to itself");
                return Some(entry & !(ADDRESS | LARGE));
            }
            table = (entry & ADDRESS) as *const Table;
        }
        unreachable!()
    }

    fn make(parts: &[(u64, u64, Access)]) -> Box<Table> {
        let mut root = Box::new(Table::EMPTY);
        for &(start, end, access) in parts {
            protect(&mut root, start, end, access, &mut Leaked { left: 100 }).unwrap();
        }
        root
    }

    #[test]
    fn rights_change_exactly_at_page_boundaries() {
        let mut root = make(&[
            (0, 8 << 20, Access::Data),
            (0, 0x1000, Access::None),
            (0x10_0000, 0x20_3000, Access::Code),
            (0x20_3000, 0x20_4000, Access::ReadOnly),
        ]);
        assert_eq!(rights(&mut root, 0xfff), None);
        assert_eq!(rights(&mut root, 0x1000), Some(Access::Data.bits()));
        assert_eq!(rights(&mut root, 0xf_ffff), Some(Access::Data.bits()));
        assert_eq!(rights(&mut root, 0x10_0000), Some(Access::Code.bits()));
        assert_eq!(rights(&mut root, 0x20_2fff), Some(Access::Code.bits()));
        assert_eq!(rights(&mut root, 0x20_3fff), Some(Access::ReadOnly.bits()));
        assert_eq!(rights(&mut root, 0x20_4000), Some(Access::Data.bits()));
        assert_eq!(rights(&mut root, 0x7f_ffff), Some(Access::Data.bits()));
        assert_eq!(rights(&mut root, 0x80_0000), None);
    }

    #[test]
    fn no_rights_allow_both_writing_and_execution() {
        for access in [Access::Code, Access::ReadOnly, Access::Data, Access::Device] {
            let bits = access.bits();
            assert!(bits & WRITABLE == 0 || bits & NO_EXECUTE != 0, "{access:?}");
        }
    }

    #[test]
    fn what_the_processor_may_remember_is_stale_once_it_changes() {
        let mut root = Table::EMPTY;
        let mut tables = Leaked { left: 100 };
        let mut change =
            |start, end, access| protect(&mut root, start, end, access, &mut tables).unwrap();
        assert!(!change(0, 4 << 20, Access::Data), "nothing was mapped");
        assert!(!change(0, 4 << 20, Access::Data), "the same again");
        assert!(!change(0, PAGE, Access::Data), "the same, by a smaller page");
        assert!(change(0, PAGE, Access::None));
        assert!(!change(0, PAGE, Access::ReadOnly), "it was not mapped any more");
        assert!(change(0, PAGE, Access::Data));
        assert!(change(2 << 20, 4 << 20, Access::Code), "a large page");
        assert!(change(0, 8 << 20, Access::Data), "a part of it");
    }

    #[test]
    fn devices_above_4_gib_are_mapped_uncached() {
        let mut root = make(&[(0x80_0000_0000, 0x80_0000_2000, Access::Device)]);
        let bits = rights(&mut root, 0x80_0000_1000).unwrap();
        assert_eq!(bits & (UNCACHED | WRITE_THROUGH), UNCACHED | WRITE_THROUGH);
        assert_eq!(rights(&mut root, 0x80_0000_2000), None);
    }

    #[test]
    fn large_pages_need_no_tables_of_their_own() {
        let mut root = Table::EMPTY;
        let mut tables = Leaked { left: 2 };
        protect(&mut root, 0, 1 << 30, Access::Data, &mut tables).unwrap();
        assert_eq!(tables.left, 0);
        let end = 1 << 30;
        assert_eq!(
            protect(&mut root, end, end + LARGE_PAGE, Access::Data, &mut tables),
            Err(OutOfTables)
        );
    }
}
