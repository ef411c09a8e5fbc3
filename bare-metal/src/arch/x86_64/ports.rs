//! The port space, for drivers.

use super::cpu;

/// Whether the architecture has ports.
pub const EXIST: bool = true;

/// Ports through which the kernel itself works: interrupt controllers and PCI's address stay its own.
fn is_ours(port: u16, width: u16) -> bool {
    let touches = |first: u16, last: u16| port <= last && port + (width - 1) >= first;
    touches(0x20, 0x21) || touches(0xa0, 0xa1) || touches(0xcf8, 0xcff)
}

/// Reads a port of 1, 2 or 4 bytes; `None` where it is the kernel's. `port + width` is at most 65,536.
pub fn read(port: u16, width: u16) -> Option<u32> {
    if is_ours(port, width) {
        return None;
    }
    // SAFETY: reading a port changes no memory.
    Some(unsafe {
        match width {
            1 => u32::from(cpu::in8(port)),
            2 => u32::from(cpu::in16(port)),
            _ => cpu::in32(port),
        }
    })
}

/// Writes a port of 1, 2 or 4 bytes; false where it is the kernel's.
pub fn write(port: u16, width: u16, value: u32) -> bool {
    if is_ours(port, width) {
        return false;
    }
    // SAFETY: what a device does then is its driver's responsibility: without an IOMMU, a device that
    // masters the bus is trusted.
    unsafe {
        match width {
            1 => cpu::out8(port, value as u8),
            2 => cpu::out16(port, value as u16),
            _ => cpu::out32(port, value),
        }
    }
    true
}
