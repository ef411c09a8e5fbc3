//! How far memory reaches, by what PVH's or Multiboot2's loader says.

/// In `eax` at Multiboot2's entry.
pub const MULTIBOOT_MAGIC: u32 = 0x36d7_6289;
/// The first word of PVH's start info (Xen, `xen/include/public/arch-x86/hvm/start_info.h`).
pub const PVH_MAGIC: u32 = 0x336e_c578;
/// Where start info has the address and the length of its memory map.
const PVH_MAP: u32 = 40;
const PVH_COUNT: u32 = 48;
const PVH_ENTRY_BYTES: u32 = 24;
/// The tag of Multiboot2's memory map (specification 2.0, 3.6.8), and the tag that ends the list.
const TAG_MEMORY_MAP: u32 = 6;
const TAG_END: u32 = 0;
/// The kind of memory that is free for use, in both maps.
const RAM: u32 = 1;
/// Lists are not read beyond this many entries.
const ENTRIES_MAX: u32 = 256;

/// Reads memory.
pub trait Memory {
    /// The 32 bits at an address, which need not be aligned.
    fn word(&self, address: u32) -> u32;
}

/// Entries of both maps: base and length of 64 bits, then the kind.
struct Map {
    address: u32,
    entry_bytes: u32,
    count: u32,
}

fn find(memory: &impl Memory, information: u32, magic: u32) -> Option<Map> {
    if magic != MULTIBOOT_MAGIC {
        let is_pvh = memory.word(information) == PVH_MAGIC && memory.word(information + 4) >= 1;
        return is_pvh.then(|| Map {
            address: memory.word(information + PVH_MAP),
            entry_bytes: PVH_ENTRY_BYTES,
            count: memory.word(information + PVH_COUNT),
        });
    }
    let mut tag = information + 8;
    for _ in 0..ENTRIES_MAX {
        let bytes = memory.word(tag + 4);
        match memory.word(tag) {
            TAG_MEMORY_MAP => {
                let entry_bytes = memory.word(tag + 8);
                let count = bytes.checked_sub(16)?.checked_div(entry_bytes)?;
                return Some(Map { address: tag + 16, entry_bytes, count });
            }
            TAG_END => return None,
            _ => tag = tag.checked_add(bytes)?.checked_next_multiple_of(8)?,
        }
    }
    None
}

/// The end of the RAM that `address` lies in, at most 4 GiB less a page; `None`: nobody says.
pub fn ram_end(memory: &impl Memory, information: u32, magic: u32, address: u32) -> Option<u32> {
    let map = find(memory, information, magic)?;
    let count = map.count.min(ENTRIES_MAX);
    let mut end = address;
    // Neighbours may be in any order: each round that finds one looks again.
    loop {
        let before = end;
        for index in 0..count {
            let at = map.address + index * map.entry_bytes;
            // RAM that begins above 4 GiB is no neighbour.
            if memory.word(at + 16) != RAM || memory.word(at + 4) != 0 {
                continue;
            }
            let start = memory.word(at);
            let length = match memory.word(at + 12) {
                0 => memory.word(at + 8),
                _ => u32::MAX,
            };
            let stop = start.saturating_add(length) & !0xfff;
            if start <= end && end < stop {
                end = stop;
            }
        }
        if end == before {
            return Some(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Bytes(Vec<u8>);

    impl Memory for Bytes {
        fn word(&self, address: u32) -> u32 {
            let at = address as usize;
            self.0
                .get(at..at + 4)
                .map_or(0xffff_ffff, |word| u32::from_le_bytes(word.try_into().unwrap()))
        }
    }

    fn entries(of: &[(u64, u64, u32)]) -> Vec<u8> {
        of.iter()
            .flat_map(|&(base, length, kind)| {
                let mut bytes = base.to_le_bytes().to_vec();
                bytes.extend(length.to_le_bytes());
                bytes.extend(kind.to_le_bytes());
                bytes.extend([0; 4]);
                bytes
            })
            .collect()
    }

    fn pvh(of: &[(u64, u64, u32)]) -> Bytes {
        let mut bytes = vec![0; 56];
        bytes[..4].copy_from_slice(&PVH_MAGIC.to_le_bytes());
        bytes[4] = 1;
        bytes[40] = 56;
        bytes[48] = of.len() as u8;
        bytes.extend(entries(of));
        Bytes(bytes)
    }

    const MIB: u64 = 1 << 20;

    #[test]
    fn the_end_is_that_of_the_range_with_the_address() {
        let memory = pvh(&[(0, 0x9_fc00, 1), (MIB, 2 * MIB - 0x2_0000, 1), (3 * MIB, MIB, 2)]);
        assert_eq!(ram_end(&memory, 0, 0, 1 << 20), Some(0x2e_0000));
    }

    #[test]
    fn neighbours_count_as_one_in_any_order() {
        let memory = pvh(&[(4 * MIB, MIB, 1), (2 * MIB, 2 * MIB, 1), (MIB, MIB, 1)]);
        assert_eq!(ram_end(&memory, 0, 0, 1 << 20), Some(5 << 20));
    }

    #[test]
    fn what_lies_above_4_gib_is_cut_off() {
        let memory = pvh(&[(MIB, 6 << 30, 1), (4 << 30, 1 << 30, 1)]);
        assert_eq!(ram_end(&memory, 0, 0, 1 << 20), Some(0xffff_f000));
    }

    #[test]
    fn multiboot_tells_in_a_tag() {
        let mut bytes = vec![0; 8];
        bytes.extend([1, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend([6, 0, 0, 0, 40, 0, 0, 0, 24, 0, 0, 0, 0, 0, 0, 0]);
        bytes.extend(entries(&[(MIB, 7 * MIB, 1)]));
        assert_eq!(ram_end(&Bytes(bytes), 0, MULTIBOOT_MAGIC, 1 << 20), Some(8 << 20));
    }

    #[test]
    fn nobody_says() {
        assert_eq!(ram_end(&Bytes(vec![0; 100]), 0, 0, 1 << 20), None);
        assert_eq!(ram_end(&Bytes(vec![0; 100]), 0, MULTIBOOT_MAGIC, 1 << 20), None);
    }
}
