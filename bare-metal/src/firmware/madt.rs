//! The interrupt controllers that ACPI describes (ACPI 6.5, 5.2.12, and MCFG of PCI Firmware 3.3).

use super::acpi::{u32_at, u64_at};

/// The most I/O APICs that are kept.
pub const IO_APICS_MAX: usize = 4;

/// One I/O APIC and the first global interrupt that it serves.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct IoApic {
    /// The physical address of its registers.
    pub address: u64,
    /// The global system interrupt of its first pin.
    pub first_line: u32,
}

/// The I/O APICs of a machine, in the order of the table.
pub fn io_apics(madt: &[u8]) -> ([IoApic; IO_APICS_MAX], usize) {
    let mut found = [IoApic::default(); IO_APICS_MAX];
    let mut count = 0;
    for entry in entries(madt) {
        if let (Some(1), Some(address), Some(first_line)) =
            (entry.first(), u32_at(entry, 4), u32_at(entry, 8))
            && count < IO_APICS_MAX
        {
            found[count] = IoApic { address: u64::from(address), first_line };
            count += 1;
        }
    }
    (found, count)
}

/// The line to which an ISA interrupt is wired: the same number, unless an override says otherwise.
pub fn line_of_isa(madt: &[u8], isa: u8) -> u32 {
    for entry in entries(madt) {
        if entry.first() == Some(&2)
            && entry.get(3) == Some(&isa)
            && let Some(line) = u32_at(entry, 4)
        {
            return line;
        }
    }
    u32::from(isa)
}

/// Whether a line is level-triggered. An override says it (5.2.12.5); without one, ISA's lines are
/// edge-triggered and the others are level-triggered, as PCI's are.
pub fn is_level(madt: &[u8], line: u32) -> bool {
    for entry in entries(madt) {
        if entry.first() == Some(&2) && u32_at(entry, 4) == Some(line) {
            match entry.get(8).map(|flags| (flags >> 2) & 3) {
                Some(1) => return false,
                Some(3) => return true,
                _ => {}
            }
        }
    }
    line >= 16
}

/// The start of PCI's memory-mapped configuration space for segment 0, with its last bus.
pub fn ecam(mcfg: &[u8]) -> Option<(u64, u8)> {
    mcfg.get(44..)?.chunks_exact(16).find_map(|entry| {
        let is_whole = entry[8] == 0 && entry[9] == 0 && entry[10] == 0;
        let address = u64_at(entry, 0).filter(|address| *address != 0)?;
        is_whole.then_some((address, entry[11]))
    })
}

fn entries(madt: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = madt.get(44..).unwrap_or(&[]);
    core::iter::from_fn(move || {
        let length = usize::from(*rest.get(1)?);
        if length < 2 {
            return None;
        }
        let (entry, after) = rest.split_at_checked(length)?;
        rest = after;
        Some(entry)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn madt(entries: &[&[u8]]) -> Vec<u8> {
        let mut table = vec![0; 44];
        for entry in entries {
            table.extend_from_slice(entry);
        }
        table
    }

    const IO_APIC: &[u8] = &[1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0];
    const SECOND: &[u8] = &[1, 12, 1, 0, 0, 0, 0xc1, 0xfe, 24, 0, 0, 0];
    const TIMER: &[u8] = &[2, 10, 0, 0, 2, 0, 0, 0, 0, 0];
    const SCI: &[u8] = &[2, 10, 0, 9, 9, 0, 0, 0, 0x0d, 0];

    #[test]
    fn both_io_apics_of_a_microvm_are_found() {
        let (found, count) = io_apics(&madt(&[TIMER, IO_APIC, SECOND]));
        assert_eq!(count, 2);
        assert_eq!(found[0], IoApic { address: 0xfec0_0000, first_line: 0 });
        assert_eq!(found[1], IoApic { address: 0xfec1_0000, first_line: 24 });
    }

    #[test]
    fn overrides_change_line_and_trigger() {
        let table = madt(&[TIMER, SCI]);
        assert_eq!(line_of_isa(&table, 0), 2);
        assert_eq!(line_of_isa(&table, 4), 4);
        assert!(is_level(&table, 9));
        assert!(!is_level(&table, 4));
        assert!(is_level(&table, 20));
    }

    #[test]
    fn broken_entries_end_the_walk() {
        assert_eq!(io_apics(&madt(&[&[1, 0], IO_APIC])).1, 0);
        assert_eq!(io_apics(&madt(&[&[1, 200]])).1, 0);
        assert_eq!(io_apics(&[1, 2]).1, 0);
        assert_eq!(io_apics(&madt(&[&[1, 2]])).1, 0);
    }

    #[test]
    fn configuration_space_of_the_first_segment() {
        let mut table = vec![0; 44];
        table.extend(0xb000_0000u64.to_le_bytes());
        table.extend([0, 0, 0, 255, 0, 0, 0, 0]);
        assert_eq!(ecam(&table), Some((0xb000_0000, 255)));
        assert_eq!(ecam(&table[..50]), None);
    }
}
