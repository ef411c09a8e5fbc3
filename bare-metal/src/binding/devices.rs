//! Ports, PCI configuration space, and interrupts.

use super::word;
use crate::arch::{interrupts, machine, ports};
use crate::engine::{Answer, Call, Outcome, Thrown};

const NO_PORT: Thrown = Thrown::Range("this port belongs to the kernel");

fn port<const WIDTH: u16, C: Call>(call: &C) -> Result<u16, Thrown> {
    Ok(call.integer(0, 0x1_0000 - u64::from(WIDTH))? as u16)
}

/// `in(port)`
pub(super) fn port_in<const WIDTH: u16, C: Call>(call: &C) -> Outcome {
    ports::read(port::<WIDTH, C>(call)?, WIDTH).map(Answer::from).ok_or(NO_PORT)
}

/// `out(port, value)`
pub(super) fn port_out<const WIDTH: u16, C: Call>(call: &C) -> Outcome {
    let port = port::<WIDTH, C>(call)?;
    let value = call.integer(1, (1 << (8 * WIDTH)) - 1)? as u32;
    match ports::write(port, WIDTH, value) {
        true => Ok(Answer::Nothing),
        false => Err(NO_PORT),
    }
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
