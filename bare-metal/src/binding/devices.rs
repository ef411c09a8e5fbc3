//! Ports, PCI configuration space, and interrupts.

use super::word;
use crate::arch::{cpu, interrupts, machine};
use crate::engine::{Answer, Call, Outcome, Thrown};

/// Ports through which the kernel itself works: interrupt controllers, PCI's address, and the
/// command register of the 8254 stay its own.
fn port<C: Call>(call: &C, width: u64) -> Result<u16, Thrown> {
    let port = call.integer(0, 0x1_0000 - width)? as u16;
    let touches = |first: u16, last: u16| port <= last && port + (width as u16 - 1) >= first;
    if touches(0x20, 0x21) || touches(0xa0, 0xa1) || touches(0xcf8, 0xcff) {
        return Err(Thrown::Range("this port belongs to the kernel"));
    }
    Ok(port)
}

pub(super) fn in8<C: Call>(call: &C) -> Outcome {
    // SAFETY: reading a port changes no memory.
    Ok(Answer::from(u32::from(unsafe { cpu::in8(port(call, 1)?) })))
}

pub(super) fn in16<C: Call>(call: &C) -> Outcome {
    // SAFETY: as in `in8`.
    Ok(Answer::from(u32::from(unsafe { cpu::in16(port(call, 2)?) })))
}

pub(super) fn in32<C: Call>(call: &C) -> Outcome {
    // SAFETY: as in `in8`.
    Ok(Answer::from(unsafe { cpu::in32(port(call, 4)?) }))
}

pub(super) fn out8<C: Call>(call: &C) -> Outcome {
    let (port, value) = (port(call, 1)?, call.integer(1, 0xff)?);
    // SAFETY: what a device does then is its driver's responsibility: without an IOMMU, a device
    // that masters the bus is trusted.
    unsafe { cpu::out8(port, value as u8) };
    Ok(Answer::Nothing)
}

pub(super) fn out16<C: Call>(call: &C) -> Outcome {
    let (port, value) = (port(call, 2)?, call.integer(1, 0xffff)?);
    // SAFETY: as in `out8`.
    unsafe { cpu::out16(port, value as u16) };
    Ok(Answer::Nothing)
}

pub(super) fn out32<C: Call>(call: &C) -> Outcome {
    let (port, value) = (port(call, 4)?, word(call, 1)?);
    // SAFETY: as in `out8`.
    unsafe { cpu::out32(port, value) };
    Ok(Answer::Nothing)
}

const NO_REGISTER: Thrown = Thrown::Range("there is no such function or register");

/// `read(function, register)`
pub(super) fn pci_read<const WIDTH: u32, C: Call>(call: &C) -> Outcome {
    let (function, register) = (word(call, 0)?, call.integer(1, 4095)? as u32);
    machine::read_config(function, register, WIDTH).map(Answer::from).ok_or(NO_REGISTER)
}

/// `write(function, register, value)`
pub(super) fn pci_write<const WIDTH: u32, C: Call>(call: &C) -> Outcome {
    let (function, register) = (word(call, 0)?, call.integer(1, 4095)? as u32);
    let value = call.integer(2, (1 << (8 * WIDTH)) - 1)? as u32;
    match machine::write_config(function, register, WIDTH, value) {
        true => Ok(Answer::Nothing),
        false => Err(NO_REGISTER),
    }
}

/// `message(into)`: fills a `Uint8Array(16)` with the address (u64) and the data (u32), little
/// endian; returns the source, or -1 when none is left.
pub(super) fn interrupt_message<C: Call>(call: &C) -> Outcome {
    let target = super::bytes(call, 0)?;
    if target.length < 16 {
        return Err(Thrown::Range("expected 16 bytes"));
    }
    let Some(message) = interrupts::message() else { return Ok(Answer::Number(-1.0)) };
    let address = message.address.to_le_bytes();
    let data = message.data.to_le_bytes();
    // SAFETY: the array has 16 bytes; JavaScript does not run meanwhile.
    unsafe {
        target.start.copy_from_nonoverlapping(address.as_ptr(), 8);
        target.start.add(8).copy_from_nonoverlapping(data.as_ptr(), 4);
    }
    Ok(Answer::from(message.source as u32))
}

/// `line(line)`: connects it; returns the source, or -1 when there is no such line or no source.
pub(super) fn interrupt_line<C: Call>(call: &C) -> Outcome {
    let source = interrupts::line(word(call, 0)?);
    Ok(source.map_or(Answer::Number(-1.0), |source| Answer::from(source as u32)))
}

/// `served(source)`: its line may interrupt again.
pub(super) fn interrupt_served<C: Call>(call: &C) -> Outcome {
    interrupts::served(word(call, 0)? as usize);
    Ok(Answer::Nothing)
}

/// `takeReady()`: a source that became ready, or -1.
pub(super) fn interrupt_take_ready<C: Call>(_: &C) -> Outcome {
    Ok(interrupts::take_ready().map_or(Answer::Number(-1.0), |source| Answer::from(source as u32)))
}
