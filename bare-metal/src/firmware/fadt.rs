//! How to power off and to reset, from the fixed description table and the definition block
//! (ACPI 6.5, 5.2.9, 7.4.2, 4.8.3).

use super::acpi::{u32_at, u64_at};

/// Where a register lies (the address space of a generic address structure, 5.2.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Register {
    /// A port.
    Port(u16),
    /// A byte of memory.
    Memory(u64),
}

/// How to enter S5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PowerOff {
    /// Write `sleep_type << 10 | 1 << 13` to the 16-bit port PM1a_CNT.
    Pm1 {
        /// The port.
        control: u16,
        /// SLP_TYP of S5.
        sleep_type: u8,
    },
    /// Write `sleep_type << 2 | 1 << 5` to the sleep control register (hardware-reduced ACPI).
    SleepControl {
        /// The register.
        register: Register,
        /// SLP_TYP of S5.
        sleep_type: u8,
    },
}

/// How to reset: write `value` to `register`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reset {
    /// The register.
    pub register: Register,
    /// What to write.
    pub value: u8,
}

const FLAG_RESET_REGISTER: u32 = 1 << 10;
const FLAG_HARDWARE_REDUCED: u32 = 1 << 20;

fn register_at(fadt: &[u8], at: usize) -> Option<Register> {
    let address = u64_at(fadt, at + 4).filter(|address| *address != 0)?;
    match fadt.get(at)? {
        0 => Some(Register::Memory(address)),
        1 => u16::try_from(address).ok().map(Register::Port),
        _ => None,
    }
}

/// Finds SLP_TYPa of S5: the first element of the package `_S5_`.
///
/// The definition block is a program, and we have no interpreter for it; but `_S5_` is a constant
/// package in every firmware known to us: NameOp, `_S5_`, PackageOp, its length, the count, and the
/// first integer.
pub fn s5_sleep_type(dsdt: &[u8]) -> Option<u8> {
    const PACKAGE_OP: u8 = 0x12;
    const BYTE_PREFIX: u8 = 0x0a;
    let at = dsdt.windows(5).position(|window| window == b"_S5_\x12")? + 4;
    debug_assert_eq!(dsdt[at], PACKAGE_OP);
    // The two upper bits of the length's first byte say how many bytes follow it (20.2.4).
    let length_bytes = 1 + usize::from(dsdt.get(at + 1)? >> 6);
    let first = at + 1 + length_bytes + 1;
    match *dsdt.get(first)? {
        BYTE_PREFIX => dsdt.get(first + 1).copied(),
        value @ (0 | 1) => Some(value),
        _ => None,
    }
}

/// How to power off, from the two tables.
pub fn power_off(fadt: &[u8], dsdt: &[u8]) -> Option<PowerOff> {
    let sleep_type = s5_sleep_type(dsdt)?;
    if u32_at(fadt, 112)? & FLAG_HARDWARE_REDUCED != 0 {
        let register = register_at(fadt, 244)?;
        return Some(PowerOff::SleepControl { register, sleep_type });
    }
    let control = u16::try_from(u32_at(fadt, 64)?).ok().filter(|port| *port != 0)?;
    Some(PowerOff::Pm1 { control, sleep_type })
}

/// How to reset, where the table says it.
pub fn reset(fadt: &[u8]) -> Option<Reset> {
    if u32_at(fadt, 112)? & FLAG_RESET_REGISTER == 0 {
        return None;
    }
    Some(Reset { register: register_at(fadt, 116)?, value: *fadt.get(128)? })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fadt(flags: u32) -> Vec<u8> {
        let mut table = vec![0; 276];
        table[64..68].copy_from_slice(&0x604u32.to_le_bytes());
        table[112..116].copy_from_slice(&flags.to_le_bytes());
        table[116] = 1;
        table[120..128].copy_from_slice(&0xcf9u64.to_le_bytes());
        table[128] = 0x0f;
        table[248..256].copy_from_slice(&0xfea0_0000u64.to_le_bytes());
        table
    }

    #[test]
    fn sleep_types_are_read_from_constants() {
        assert_eq!(s5_sleep_type(b"..\x08_S5_\x12\x06\x04\x00\x00\x00\x00"), Some(0));
        assert_eq!(s5_sleep_type(b"\x08_S5_\x12\x08\x04\x0a\x05\x0a\x05"), Some(5));
        assert_eq!(s5_sleep_type(b"\x08_S5_\x12\x47\x00\x04\x01\x00"), Some(1));
        assert_eq!(s5_sleep_type(b"\x08_S5_\x12"), None);
        assert_eq!(s5_sleep_type(b"_S4_\x12\x06\x04\x00"), None);
    }

    #[test]
    fn a_pc_powers_off_by_pm1_and_a_reduced_machine_by_sleep_control() {
        let dsdt = b"\x08_S5_\x12\x08\x04\x0a\x05\x0a\x05";
        assert_eq!(
            power_off(&fadt(0), dsdt),
            Some(PowerOff::Pm1 { control: 0x604, sleep_type: 5 })
        );
        assert_eq!(
            power_off(&fadt(FLAG_HARDWARE_REDUCED), dsdt),
            Some(PowerOff::SleepControl { register: Register::Memory(0xfea0_0000), sleep_type: 5 })
        );
    }

    #[test]
    fn reset_needs_its_flag() {
        assert_eq!(reset(&fadt(0)), None);
        let expected = Reset { register: Register::Port(0xcf9), value: 0x0f };
        assert_eq!(reset(&fadt(FLAG_RESET_REGISTER)), Some(expected));
        assert_eq!(reset(&fadt(FLAG_RESET_REGISTER)[..125]), None);
    }
}
