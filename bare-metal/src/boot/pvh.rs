//! `hvm_start_info`, what a PVH loader points to (Xen, `xen/include/public/arch-x86/hvm/start_info.h`).

use super::memory_map::Range;

/// The value of the first field.
const MAGIC: u32 = 0x336e_c578;
/// The type of memory that is free for use, in the memory map.
pub const MEMORY_RAM: u32 = 1;

/// Start info, decoded. Addresses are physical and not yet checked.
#[derive(Debug, PartialEq, Eq)]
pub struct StartInfo {
    /// Address of the command line, NUL-terminated; 0: none.
    pub command_line: u64,
    /// Address of the ACPI root pointer; 0: none.
    pub rsdp: u64,
    /// The first module, which `-initrd` of QEMU makes; empty where there is none.
    pub module_list: u64,
    /// Entries in the list of modules.
    pub module_count: u32,
    /// Address of the memory map.
    pub memory_map: u64,
    /// Entries in the memory map.
    pub memory_map_count: u32,
}

/// Bytes of start info, version 1.
pub const START_INFO_BYTES: usize = 56;
/// Bytes of one entry of the memory map.
pub const MEMORY_MAP_ENTRY_BYTES: usize = 24;
/// Bytes of one entry of the list of modules.
pub const MODULE_ENTRY_BYTES: usize = 32;

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// Decodes start info; `None` where the magic is wrong or the version has no memory map.
pub fn parse_start_info(bytes: &[u8]) -> Option<StartInfo> {
    if u32_at(bytes, 0)? != MAGIC || u32_at(bytes, 4)? < 1 {
        return None;
    }
    Some(StartInfo {
        module_count: u32_at(bytes, 12)?,
        module_list: u64_at(bytes, 16)?,
        command_line: u64_at(bytes, 24)?,
        rsdp: u64_at(bytes, 32)?,
        memory_map: u64_at(bytes, 40)?,
        memory_map_count: u32_at(bytes, 48)?,
    })
}

/// Decodes one entry of the memory map into its range and type.
pub fn parse_memory_map_entry(bytes: &[u8]) -> Option<(Range, u32)> {
    Some((Range::of(u64_at(bytes, 0)?, u64_at(bytes, 8)?), u32_at(bytes, 16)?))
}

/// Decodes one entry of the list of modules into where the module lies.
pub fn parse_module_entry(bytes: &[u8]) -> Option<Range> {
    Some(Range::of(u64_at(bytes, 0)?, u64_at(bytes, 8)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn start_info() -> Vec<u8> {
        let mut bytes = Vec::new();
        for word in [MAGIC, 1, 0, 1] {
            bytes.extend(word.to_le_bytes());
        }
        for address in [0x1000u64, 0x2000, 0xf0000, 0x3000] {
            bytes.extend(address.to_le_bytes());
        }
        bytes.extend(7u32.to_le_bytes());
        bytes.extend(0u32.to_le_bytes());
        bytes
    }

    #[test]
    fn fields_are_read_where_the_header_has_them() {
        assert_eq!(start_info().len(), START_INFO_BYTES);
        assert_eq!(
            parse_start_info(&start_info()),
            Some(StartInfo {
                module_count: 1,
                module_list: 0x1000,
                command_line: 0x2000,
                rsdp: 0xf0000,
                memory_map: 0x3000,
                memory_map_count: 7,
            })
        );
    }

    #[test]
    fn another_magic_an_old_version_and_short_bytes_are_refused() {
        let mut wrong = start_info();
        wrong[0] ^= 1;
        assert_eq!(parse_start_info(&wrong), None);
        let mut old = start_info();
        old[4] = 0;
        assert_eq!(parse_start_info(&old), None);
        for length in 0..52 {
            assert_eq!(parse_start_info(&start_info()[..length]), None);
        }
    }

    #[test]
    fn a_memory_map_entry_that_wraps_is_cut_off() {
        let mut entry = vec![0xff; 16];
        entry.extend(1u32.to_le_bytes());
        entry.extend(0u32.to_le_bytes());
        assert_eq!(
            parse_memory_map_entry(&entry),
            Some((Range { start: u64::MAX, end: u64::MAX }, 1))
        );
        assert_eq!(parse_memory_map_entry(&entry[..19]), None);
        assert_eq!(parse_module_entry(&entry[..15]), None);
    }
}
