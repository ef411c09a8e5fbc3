//! Random bits from the CPU (Intel SDM volume 1, 7.3.17): RDSEED, which is the conditioned source,
//! or RDRAND, the generator that it reseeds.

use super::cpu::{cpuid, time_stamp};
use core::arch::asm;

/// RDRAND succeeds within 10 tries unless it is broken (SDM); RDSEED may be busy for longer.
const TRIES: u32 = 10;

fn has_seed() -> bool {
    cpuid(7, 0).ebx >> 18 & 1 == 1
}

fn has_generator() -> bool {
    cpuid(1, 0).ecx >> 30 & 1 == 1
}

/// Some CPUs answer all ones for ever after a suspend (AMD erratum 1474); that is no entropy.
fn checked(value: u64, ok: u8) -> Option<u64> {
    (ok == 1 && value != u64::MAX && value != 0).then_some(value)
}

fn seed() -> Option<u64> {
    let (value, ok): (u64, u8);
    // SAFETY: CPUID says that the instruction exists.
    unsafe {
        asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
    }
    checked(value, ok)
}

fn generate() -> Option<u64> {
    let (value, ok): (u64, u8);
    // SAFETY: CPUID says that the instruction exists.
    unsafe {
        asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
    }
    checked(value, ok)
}

/// RDSEED where it exists and is not exhausted, else RDRAND.
fn word(has_seed: bool, has_generator: bool) -> Option<u64> {
    let tries = if has_generator { TRIES } else { TRIES * 100 };
    let seeded = if has_seed { (0..tries).find_map(|_| seed()) } else { None };
    seeded.or_else(|| if has_generator { (0..TRIES).find_map(|_| generate()) } else { None })
}

/// Fills all of `target`; false, with `target` half done, where the source fails.
pub fn fill(target: &mut [u8]) -> bool {
    let (has_seed, has_generator) = (has_seed(), has_generator());
    for chunk in target.chunks_mut(8) {
        let Some(value) = word(has_seed, has_generator) else { return false };
        chunk.copy_from_slice(&value.to_le_bytes()[..chunk.len()]);
    }
    true
}

/// Bits that differ from start to start, and that nothing may rely on.
pub fn guessable() -> u64 {
    time_stamp()
}
