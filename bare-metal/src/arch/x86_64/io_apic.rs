//! The controllers of wired interrupts (82093AA). A PC has one; a microvm has a second one for its
//! virtio devices.

use super::memory;
use crate::boot::memory_map::Range;
use crate::firmware::madt::{IO_APICS_MAX, IoApic};

const SELECT: u64 = 0;
const WINDOW: u64 = 0x10;
const VERSION: u32 = 1;
const REDIRECTION: u32 = 0x10;
const MASKED: u32 = 1 << 16;
const LEVEL: u32 = 1 << 15;

/// The controllers of this machine.
#[derive(Clone, Copy, Default)]
pub struct IoApics {
    found: [IoApic; IO_APICS_MAX],
    pins: [u32; IO_APICS_MAX],
    count: usize,
}

fn read(address: u64, register: u32) -> u32 {
    // SAFETY: `start` mapped the page; the pair of registers makes no access to memory.
    unsafe {
        ((address + SELECT) as *mut u32).write_volatile(register);
        ((address + WINDOW) as *const u32).read_volatile()
    }
}

fn write(address: u64, register: u32, value: u32) {
    // SAFETY: as in `read`.
    unsafe {
        ((address + SELECT) as *mut u32).write_volatile(register);
        ((address + WINDOW) as *mut u32).write_volatile(value);
    }
}

impl IoApics {
    /// Maps the controllers and masks all their lines.
    pub fn start(found: &[IoApic]) -> Result<Self, &'static str> {
        let mut all = Self::default();
        for io_apic in found.iter().take(IO_APICS_MAX) {
            memory::map_own_device(Range::of(io_apic.address, 32))?;
            let pins = (read(io_apic.address, VERSION) >> 16 & 0xff) + 1;
            for pin in 0..pins {
                write(io_apic.address, REDIRECTION + 2 * pin, MASKED);
            }
            all.found[all.count] = *io_apic;
            all.pins[all.count] = pins;
            all.count += 1;
        }
        Ok(all)
    }

    fn pin(&self, line: u32) -> Option<(u64, u32)> {
        (0..self.count).find_map(|index| {
            let pin = line.checked_sub(self.found[index].first_line)?;
            (pin < self.pins[index]).then_some((self.found[index].address, REDIRECTION + 2 * pin))
        })
    }

    /// Sends a line to `vector` of the CPU `target`. False where there is no such line.
    pub fn connect(&self, line: u32, vector: u8, target: u8, is_level: bool) -> bool {
        let Some((address, register)) = self.pin(line) else { return false };
        write(address, register + 1, u32::from(target) << 24);
        write(address, register, u32::from(vector) | if is_level { LEVEL } else { 0 });
        true
    }

    /// Masks or unmasks a line that is connected.
    pub fn mask(&self, line: u32, masked: bool) {
        if let Some((address, register)) = self.pin(line) {
            let entry = read(address, register) & !MASKED;
            write(address, register, entry | if masked { MASKED } else { 0 });
        }
    }
}
