//! Random bits from the CPU (Intel SDM volume 1, 7.3.17): RDSEED, which is the conditioned source,
//! or RDRAND, the generator that it reseeds.

use super::cpu::cpuid;
use core::arch::asm;

/// RDRAND succeeds within 10 tries unless it is broken (SDM); RDSEED may be busy for longer.
const TRIES: u32 = 10;

#[derive(Clone, Copy, PartialEq)]
enum Source {
    None,
    Generator,
    Seed,
}

fn source() -> Source {
    if cpuid(1, 0).ecx >> 30 & 1 == 1 {
        Source::Generator
    } else if cpuid(7, 0).ebx >> 18 & 1 == 1 {
        Source::Seed
    } else {
        Source::None
    }
}

fn word(source: Source) -> Option<u64> {
    let tries = if source == Source::Seed { TRIES * 100 } else { TRIES };
    for _ in 0..tries {
        let (value, ok): (u64, u8);
        match source {
            Source::None => return None,
            // SAFETY: CPUID says that the instruction exists.
            Source::Generator => unsafe {
                asm!("rdrand {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
            },
            // SAFETY: as above.
            Source::Seed => unsafe {
                asm!("rdseed {}", "setc {}", out(reg) value, out(reg_byte) ok, options(nomem, nostack));
            },
        }
        // Some CPUs answer all ones for ever after a suspend (AMD erratum 1474); that is no entropy.
        if ok == 1 && value != u64::MAX && value != 0 {
            return Some(value);
        }
    }
    None
}

/// Whether the CPU has a source that works.
pub fn available() -> bool {
    word(source()).is_some()
}

/// Fills all of `target`; false, with `target` half done, where the source fails.
pub fn fill(target: &mut [u8]) -> bool {
    let source = source();
    for chunk in target.chunks_mut(8) {
        let Some(value) = word(source) else { return false };
        chunk.copy_from_slice(&value.to_le_bytes()[..chunk.len()]);
    }
    true
}
