//! Firmware's tables, and PCI configuration space through ports or memory.

use super::cpu::{in32, out8, out32};
use super::{cpu, memory};
use crate::boot::memory_map::Range;
use crate::firmware::acpi::{self, Physical};
use crate::firmware::madt;
use crate::one_cpu::OneCpu;
use core::cell::Cell;

const CONFIG_ADDRESS: u16 = 0xcf8;
const CONFIG_DATA: u16 = 0xcfc;
const CONFIG_ENABLE: u32 = 1 << 31;

static RSDP: OneCpu<Cell<u64>> = OneCpu::new(Cell::new(0));
static CONFIG: OneCpu<Cell<Config>> = OneCpu::new(Cell::new(Config::None));

/// How PCI configuration space is reached.
#[derive(Clone, Copy)]
enum Config {
    None,
    Ports,
    Memory { base: u64, buses: u64 },
}

/// Memory where firmware's tables are, mapped for reading when it is looked at.
struct Tables;

impl Physical for Tables {
    fn bytes(&self, address: u64, length: usize) -> Option<&[u8]> {
        if !memory::map_table(Range::of(address, length as u64)) {
            return None;
        }
        // SAFETY: just mapped for reading; tables lie in memory that the loader keeps from the heap
        // (it is not RAM for us, or below the heap's part), so nobody writes to them.
        Some(unsafe { core::slice::from_raw_parts(address as *const u8, length) })
    }
}

/// Remembers where the root pointer is; 0: there is none.
pub fn set_root_pointer(address: u64) {
    RSDP.set(address);
}

/// A table of ACPI by its signature.
pub fn table(signature: &[u8]) -> Option<&'static [u8]> {
    if RSDP.get() == 0 {
        return None;
    }
    acpi::find(&Tables, RSDP.get(), signature)
}

/// Finds out how PCI configuration space is reached, if there is any.
pub fn start_pci() {
    if let Some((base, last_bus)) = table(b"MCFG").and_then(madt::ecam) {
        let buses = u64::from(last_bus) + 1;
        if memory::map_own_device(Range::of(base, buses << 20)).is_ok() {
            CONFIG.set(Config::Memory { base, buses });
            return;
        }
    }
    // SAFETY: these two ports are PCI's mechanism #1 or nobody's (PCI 3.0, 3.2.2.3.2).
    let answers = unsafe {
        out8(CONFIG_ADDRESS + 3, 1);
        out32(CONFIG_ADDRESS, CONFIG_ENABLE);
        in32(CONFIG_ADDRESS) == CONFIG_ENABLE
    };
    // A host bridge answers at 0:0.0 wherever the mechanism exists.
    if answers {
        CONFIG.set(Config::Ports);
        if read_config(0, 0, 4) == Some(0xffff_ffff) {
            CONFIG.set(Config::None);
        }
    }
}

/// Bytes of configuration space for each function; 0 where there is no PCI.
pub fn config_bytes() -> u32 {
    match CONFIG.get() {
        Config::None => 0,
        Config::Ports => 256,
        Config::Memory { .. } => 4096,
    }
}

/// Where a register lies, checked: `function` is bus << 8 | device << 3 | function.
enum Place {
    Port(u16),
    Memory(u64),
}

fn place(function: u32, register: u32, width: u32) -> Option<Place> {
    if function > 0xffff || !register.is_multiple_of(width) || register + width > config_bytes() {
        return None;
    }
    match CONFIG.get() {
        Config::None => None,
        Config::Ports => {
            // SAFETY: as in `start_pci`.
            unsafe { out32(CONFIG_ADDRESS, CONFIG_ENABLE | function << 8 | register & 0xfc) };
            Some(Place::Port(CONFIG_DATA + (register & 3) as u16))
        }
        Config::Memory { base, buses } => {
            let offset = u64::from(function) << 12 | u64::from(register);
            (offset < buses << 20).then_some(Place::Memory(base + offset))
        }
    }
}

/// Reads a register of 1, 2 or 4 bytes; `None` where there is none.
pub fn read_config(function: u32, register: u32, width: u32) -> Option<u32> {
    // SAFETY: the place was checked; reading configuration space changes no memory.
    Some(unsafe {
        match (place(function, register, width)?, width) {
            (Place::Port(port), 1) => u32::from(cpu::in8(port)),
            (Place::Port(port), 2) => u32::from(cpu::in16(port)),
            (Place::Port(port), _) => cpu::in32(port),
            (Place::Memory(at), 1) => u32::from((at as *const u8).read_volatile()),
            (Place::Memory(at), 2) => u32::from((at as *const u16).read_volatile()),
            (Place::Memory(at), _) => (at as *const u32).read_volatile(),
        }
    })
}

/// Writes a register of 1, 2 or 4 bytes; false where there is none.
pub fn write_config(function: u32, register: u32, width: u32, value: u32) -> bool {
    let Some(place) = place(function, register, width) else { return false };
    // SAFETY: the place was checked. What a device does then is its driver's responsibility: a
    // device that masters the bus without an IOMMU is trusted, as `Machine` says.
    unsafe {
        match (place, width) {
            (Place::Port(port), 1) => cpu::out8(port, value as u8),
            (Place::Port(port), 2) => cpu::out16(port, value as u16),
            (Place::Port(port), _) => cpu::out32(port, value),
            (Place::Memory(at), 1) => (at as *mut u8).write_volatile(value as u8),
            (Place::Memory(at), 2) => (at as *mut u16).write_volatile(value as u16),
            (Place::Memory(at), _) => (at as *mut u32).write_volatile(value),
        }
    }
    true
}
