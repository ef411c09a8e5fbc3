//! CRC-32 as in IEEE 802.3 and zlib (reflected, polynomial 0xedb88320), eight bytes at a time.

/// Tables for eight bytes at once; they are made at each start, which is shorter than to hold them.
pub struct Tables([[u32; 256]; 8]);

impl Tables {
    /// Room for the tables, which `Crc32::new` fills.
    pub const EMPTY: Tables = Tables([[0; 256]; 8]);
}

/// A checksum of what was taken so far. It borrows its tables: the loader's stack is too small to move
/// them about.
pub struct Crc32<'a> {
    tables: &'a Tables,
    state: u32,
}

impl<'a> Crc32<'a> {
    /// The checksum of nothing so far.
    pub fn new(room: &'a mut Tables) -> Self {
        let tables = &mut room.0;
        for (index, entry) in tables[0].iter_mut().enumerate() {
            *entry = index as u32;
            for _ in 0..8 {
                *entry = *entry >> 1 ^ 0xedb8_8320 & (*entry & 1).wrapping_neg();
            }
        }
        for index in 0..256 {
            for table in 1..8 {
                let value = tables[table - 1][index];
                tables[table][index] = value >> 8 ^ tables[0][(value & 255) as usize];
            }
        }
        Self { tables: room, state: !0 }
    }

    /// Takes more bytes.
    pub fn take(&mut self, bytes: &[u8]) {
        // Of the last byte of eight the first one.
        let [t0, t1, t2, t3, t4, t5, t6, t7] = &self.tables.0;
        let mut state = self.state;
        let (words, rest) = bytes.as_chunks::<8>();
        for [a, b, c, d, e, f, g, h] in words {
            state ^= u32::from_le_bytes([*a, *b, *c, *d]);
            state = t7[(state & 255) as usize]
                ^ t6[(state >> 8 & 255) as usize]
                ^ t5[(state >> 16 & 255) as usize]
                ^ t4[(state >> 24) as usize]
                ^ t3[usize::from(*e)]
                ^ t2[usize::from(*f)]
                ^ t1[usize::from(*g)]
                ^ t0[usize::from(*h)];
        }
        for byte in rest {
            state = state >> 8 ^ t0[((state ^ u32::from(*byte)) & 255) as usize];
        }
        self.state = state;
    }

    /// The checksum of all that was taken.
    pub fn value(&self) -> u32 {
        !self.state
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_check_value_of_the_standard() {
        let mut room = Tables::EMPTY;
        let mut crc = Crc32::new(&mut room);
        crc.take(b"123456789");
        assert_eq!(crc.value(), 0xcbf4_3926);
    }

    #[test]
    fn parts_add_up() {
        let bytes: Vec<u8> = (0..1000u32).map(|at| (at * at >> 3) as u8).collect();
        let (mut room, mut other) = (Tables::EMPTY, Tables::EMPTY);
        let mut whole = Crc32::new(&mut room);
        whole.take(&bytes);
        for cut in [0, 1, 2, 3, 4, 5, 7, 8, 9, 500, 999, 1000] {
            let mut crc = Crc32::new(&mut other);
            crc.take(&bytes[..cut]);
            crc.take(&bytes[cut..]);
            assert_eq!(crc.value(), whole.value(), "cut at {cut}");
        }
    }
}
