//! Tables of descriptors, which devices read addresses from, in an area that JavaScript cannot reach:
//! which entries of the area belong to which table, and each table to which pool.

use crate::packet_pages::PoolId;

/// Bytes of a descriptor: an address of 8 bytes, a length and a word of 4 bytes each.
pub const ENTRY_BYTES: u64 = 16;
/// The most tables of all pools together: each virtqueue has one.
pub const TABLES_MAX: usize = 64;

/// One table: entries `first .. first + count` of the area.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// Whose it is.
    pub pool: PoolId,
    /// Its first entry.
    pub first: u32,
    /// How many it has.
    pub count: u32,
}

impl Table {
    fn end(&self) -> u32 {
        self.first + self.count
    }
}

/// All tables; a table's number is its place here.
pub struct Tables {
    tables: [Option<Table>; TABLES_MAX],
    area_entries: u32,
}

impl Tables {
    /// No tables, in an area of so many entries.
    pub const fn new(area_entries: u32) -> Self {
        Self { tables: [None; TABLES_MAX], area_entries }
    }

    /// Takes room for a table, the first that is large enough. Returns its number; `None` where there
    /// is no room, no number, or `count` is 0.
    pub fn create(&mut self, pool: PoolId, count: u32) -> Option<usize> {
        let number = self.tables.iter().position(Option::is_none)?;
        let taken = || self.tables.iter().flatten();
        // Room begins at the area's start or behind a table.
        let starts = core::iter::once(0).chain(taken().map(Table::end));
        let first = starts
            .filter(|first| {
                let Some(end) = first.checked_add(count) else { return false };
                end <= self.area_entries
                    && taken().all(|table| end <= table.first || *first >= table.end())
            })
            .min()?;
        if count == 0 {
            return None;
        }
        self.tables[number] = Some(Table { pool, first, count });
        Some(number)
    }

    /// The table with this number.
    pub fn get(&self, number: usize) -> Option<Table> {
        *self.tables.get(number)?
    }

    /// Gives back all tables of a pool.
    pub fn close_pool(&mut self, pool: PoolId) {
        for table in &mut self.tables {
            if table.is_some_and(|table| table.pool == pool) {
                *table = None;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: PoolId = PoolId::new(1).unwrap();
    const B: PoolId = PoolId::new(2).unwrap();

    #[test]
    fn tables_never_overlap_and_fill_gaps() {
        let mut tables = Tables::new(100);
        let first = tables.create(A, 40).unwrap();
        let second = tables.create(B, 40).unwrap();
        assert_eq!(tables.get(first), Some(Table { pool: A, first: 0, count: 40 }));
        assert_eq!(tables.get(second), Some(Table { pool: B, first: 40, count: 40 }));
        assert_eq!(tables.create(A, 21), None);
        assert_eq!(tables.create(A, 20).and_then(|third| tables.get(third)).unwrap().first, 80);
        tables.close_pool(A);
        assert_eq!(tables.get(first), None);
        assert_eq!(tables.create(B, 40).and_then(|number| tables.get(number)).unwrap().first, 0);
        assert_eq!(tables.create(B, 20).and_then(|number| tables.get(number)).unwrap().first, 80);
    }

    #[test]
    fn what_cannot_be_is_refused() {
        let mut tables = Tables::new(u32::MAX);
        assert_eq!(tables.create(A, 0), None);
        assert_eq!(tables.get(TABLES_MAX), None);
        for _ in 0..TABLES_MAX {
            assert!(tables.create(A, 1).is_some());
        }
        assert_eq!(tables.create(A, 1), None);
        tables.close_pool(A);
        assert!(tables.create(A, u32::MAX).is_some());
        assert_eq!(tables.create(A, 1), None);
    }
}
