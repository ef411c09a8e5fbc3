//! Clock, entropy, console, power, firmware, and the function that is polled.

use super::{bytes, slice};
use crate::arch;
use crate::engine::{Answer, Call, Engine, Hook, JavaScript, Outcome, Thrown};
use crate::entropy;
use crate::stamps;
use crate::start;

pub(super) fn on_poll<C: Call>(call: &C) -> Outcome {
    keep(call, Hook::Poll)
}

pub(super) fn on_failure<C: Call>(call: &C) -> Outcome {
    keep(call, Hook::Failure)
}

pub(super) fn on_uncaught<C: Call>(call: &C) -> Outcome {
    keep(call, Hook::Uncaught)
}

fn keep<C: Call>(call: &C, hook: Hook) -> Outcome {
    match call.keep(0, hook) {
        true => Ok(Answer::Nothing),
        false => Err(Thrown::Type("expected a function")),
    }
}

pub(super) fn now_us<C: Call>(_: &C) -> Outcome {
    Ok(Answer::Number(arch::clock::now_us() as f64))
}

pub(super) fn wall_us<C: Call>(_: &C) -> Outcome {
    Ok(Answer::Number(arch::clock::wall_us() as f64))
}

pub(super) fn entropy_available<C: Call>(_: &C) -> Outcome {
    Ok(Answer::Truth(entropy::available()))
}

pub(super) fn entropy_fill<C: Call>(call: &C) -> Outcome {
    let target = bytes(call, 0)?;
    // SAFETY: the only view; JavaScript runs again after the call.
    match entropy::fill(unsafe { slice(target) }) {
        true => Ok(Answer::Nothing),
        false => Err(Thrown::Plain("this machine has no source of entropy")),
    }
}

/// `add(bytes)`: what a device gave.
pub(super) fn entropy_add<C: Call>(call: &C) -> Outcome {
    let source = bytes(call, 0)?;
    // SAFETY: as in `entropy_fill`.
    entropy::add(unsafe { slice(source) });
    Ok(Answer::Nothing)
}

pub(super) fn console_write<C: Call>(call: &C) -> Outcome {
    let source = bytes(call, 0)?;
    // SAFETY: as in `entropy_fill`.
    arch::serial::write(unsafe { slice(source) });
    Ok(Answer::Nothing)
}

/// Fills the array with input; returns how many bytes came.
pub(super) fn console_read<C: Call>(call: &C) -> Outcome {
    let target = bytes(call, 0)?;
    // SAFETY: as in `entropy_fill`.
    let count = arch::serial::read(unsafe { slice(target) });
    Ok(Answer::from(count as u32))
}

/// Switches the console's interrupt on; returns the line on which it arrives.
pub(super) fn console_line<C: Call>(_: &C) -> Outcome {
    Ok(Answer::from(arch::serial::announce_input()))
}

pub(super) fn power_off<C: Call>(call: &C) -> Outcome {
    let code = call.integer(0, 255)?;
    arch::power::off(code as u8)
}

pub(super) fn power_reset<C: Call>(_: &C) -> Outcome {
    arch::power::reset()
}

/// Bytes of the heap that JavaScript uses.
pub(super) fn heap_used<C: Call>(_: &C) -> Outcome {
    Ok(Answer::Number(JavaScript::heap().used as f64))
}

/// Bytes of the heap that JavaScript may use.
pub(super) fn heap_limit<C: Call>(_: &C) -> Outcome {
    Ok(Answer::Number(JavaScript::heap().limit as f64))
}

/// What a stamp of the start notes; `undefined` behind the last one.
pub(super) fn trace_what<C: Call>(call: &C) -> Outcome {
    let stamp = stamps::get(call.integer(0, u64::from(u32::MAX))? as usize);
    Ok(stamp.map_or(Answer::Nothing, |(what, _)| Answer::Text(what)))
}

/// When that was, in microseconds of the clock, negative before the kernel began; `undefined` behind the last one.
pub(super) fn trace_us<C: Call>(call: &C) -> Outcome {
    let stamp = stamps::get(call.integer(0, u64::from(u32::MAX))? as usize);
    Ok(stamp.map_or(Answer::Nothing, |(_, us)| Answer::Number(us as f64)))
}

/// A copy of a table; `undefined` where there is none. Signatures have four characters.
pub(super) fn firmware_table<C: Call>(call: &C) -> Outcome {
    let mut target = [0; 4];
    let signature = call.text(0, &mut target).filter(|text| text.len() == 4);
    let signature = signature.ok_or(Thrown::Type("a signature has four characters"))?;
    Ok(match arch::machine::table(signature.as_bytes()) {
        Some(table) => Answer::Copy(table),
        None => Answer::Nothing,
    })
}

/// Whether the command line allows probes.
pub(super) fn allows_probes() -> bool {
    start::option("probes").is_some()
}
