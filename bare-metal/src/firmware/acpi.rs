//! ACPI's tables: the root pointer, the root table, and every table that it lists (ACPI 6.5, 5.2).

/// Gives the bytes at a physical address, or `None` where they cannot be read.
pub trait Physical {
    /// `length` bytes at `address`.
    fn bytes(&self, address: u64, length: usize) -> Option<&[u8]>;
}

/// The header that all tables share (5.2.6).
const HEADER_BYTES: usize = 36;
/// No table that we read is longer; a longer one is a broken one.
const TABLE_BYTES_MAX: usize = 1 << 20;
/// More tables than this are not looked at.
const TABLES_MAX: usize = 128;

fn sums_to_zero(bytes: &[u8]) -> bool {
    bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte)) == 0
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// A whole table at `address`, if its length is sane and its checksum right.
pub fn table_at(memory: &impl Physical, address: u64) -> Option<&[u8]> {
    let length = u32_at(memory.bytes(address, HEADER_BYTES)?, 4)? as usize;
    if !(HEADER_BYTES..=TABLE_BYTES_MAX).contains(&length) {
        return None;
    }
    memory.bytes(address, length).filter(|table| sums_to_zero(table))
}

/// Finds a table by its signature, for example `b"APIC"`. `DSDT` is found through `FACP`, which
/// alone knows where it is.
pub fn find<'a>(memory: &'a impl Physical, rsdp: u64, signature: &[u8]) -> Option<&'a [u8]> {
    if signature == b"DSDT" {
        let fadt = find(memory, rsdp, b"FACP")?;
        let wide = u64_at(fadt, 140).filter(|address| *address != 0);
        let address = wide.or_else(|| u32_at(fadt, 40).map(u64::from))?;
        return table_at(memory, address).filter(|table| &table[..4] == b"DSDT");
    }
    let root_pointer = memory.bytes(rsdp, 20)?;
    if &root_pointer[..8] != b"RSD PTR " || !sums_to_zero(root_pointer) {
        return None;
    }
    // Revision 2 brings a root table of 64-bit addresses (5.2.5.3).
    let (root, width) = if root_pointer[15] >= 2 {
        (u64_at(memory.bytes(rsdp, 36)?, 24)?, 8)
    } else {
        (u64::from(u32_at(root_pointer, 16)?), 4)
    };
    let entries = table_at(memory, root)?.get(HEADER_BYTES..)?;
    for entry in entries.chunks_exact(width).take(TABLES_MAX) {
        let address = if width == 8 { u64_at(entry, 0)? } else { u64::from(u32_at(entry, 0)?) };
        match memory.bytes(address, HEADER_BYTES) {
            Some(header) if &header[..4] == signature => return table_at(memory, address),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Memory from address 0.
    pub struct Memory(pub Vec<u8>);

    impl Physical for Memory {
        fn bytes(&self, address: u64, length: usize) -> Option<&[u8]> {
            let start = usize::try_from(address).ok()?;
            self.0.get(start..start.checked_add(length)?)
        }
    }

    impl Memory {
        pub fn place(&mut self, address: usize, bytes: &[u8]) {
            self.0[address..address + bytes.len()].copy_from_slice(bytes);
        }
    }

    pub fn table(signature: &[u8; 4], body: &[u8]) -> Vec<u8> {
        let mut bytes = signature.to_vec();
        bytes.extend(((HEADER_BYTES + body.len()) as u32).to_le_bytes());
        bytes.resize(HEADER_BYTES, 0);
        bytes.extend(body);
        let sum = bytes.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        bytes[9] = 0u8.wrapping_sub(sum);
        bytes
    }

    pub fn machine() -> Memory {
        let mut memory = Memory(vec![0; 8192]);
        let mut pointer = b"RSD PTR \0OEMID.\0".to_vec();
        pointer.extend(0x100u32.to_le_bytes());
        let sum = pointer.iter().fold(0u8, |sum, byte| sum.wrapping_add(*byte));
        pointer[8] = 0u8.wrapping_sub(sum);
        memory.place(0x10, &pointer);
        let mut addresses = Vec::new();
        for address in [0x200u32, 0x400] {
            addresses.extend(address.to_le_bytes());
        }
        memory.place(0x100, &table(b"RSDT", &addresses));
        let mut fadt = vec![0; 240];
        fadt[4..8].copy_from_slice(&0x800u32.to_le_bytes());
        memory.place(0x200, &table(b"FACP", &fadt));
        memory.place(0x400, &table(b"APIC", &[1, 2, 3]));
        memory.place(0x800, &table(b"DSDT", b"aml"));
        memory
    }

    #[test]
    fn tables_are_found_by_signature() {
        let memory = machine();
        assert_eq!(&find(&memory, 0x10, b"APIC").unwrap()[36..], &[1, 2, 3]);
        assert_eq!(&find(&memory, 0x10, b"DSDT").unwrap()[36..], b"aml");
        assert_eq!(find(&memory, 0x10, b"MCFG"), None);
    }

    #[test]
    fn a_wrong_checksum_or_a_pointer_into_nowhere_finds_nothing() {
        let mut memory = machine();
        memory.0[0x400 + 37] ^= 1;
        assert_eq!(find(&memory, 0x10, b"APIC"), None);
        assert_eq!(find(&memory, 0, b"APIC"), None);
        assert_eq!(find(&memory, u64::MAX, b"APIC"), None);
        let mut memory = machine();
        memory.place(0x404, &u32::MAX.to_le_bytes());
        assert_eq!(find(&memory, 0x10, b"APIC"), None);
    }
}
