//! Probes do on purpose what must never succeed, so that tests see it stopped and reported. They
//! work only where the kernel's command line says `probes`.

use super::system::allows_probes;
use crate::arch;
use crate::engine::{Call, Outcome, Thrown};
use core::hint::black_box;

const PAGE_FAULTS_EXPECTED: &str = "the probe was not stopped";

/// `probe(name)`
pub(super) fn probe<C: Call>(call: &C) -> Outcome {
    if !allows_probes() {
        return Err(Thrown::Plain(
            "probes are off: they need the word `probes` on the command line",
        ));
    }
    let mut target = [0; 32];
    match call.text(0, &mut target) {
        Some("write-code") => write(arch::memory::code_address()),
        Some("write-constant") => write(PAGE_FAULTS_EXPECTED.as_ptr() as u64),
        Some("execute-data") => execute_data(),
        Some("read-null") => read(black_box(8)),
        Some("write-null") => write(black_box(8)),
        Some("read-unmapped") => read(black_box(1 << 46)),
        Some("overflow-stack") => {
            black_box(dig(0));
        }
        Some("panic") => panic!("a probe"),
        _ => return Err(Thrown::Type("no such probe")),
    }
    Err(Thrown::Plain(PAGE_FAULTS_EXPECTED))
}

fn read(address: u64) {
    // SAFETY: none: the access is meant to trap, and does.
    black_box(unsafe { (address as *const u8).read_volatile() });
}

fn write(address: u64) {
    // SAFETY: none: the access is meant to trap, and does.
    unsafe { (address as *mut u8).write_volatile(0) };
}

fn execute_data() {
    // In memory of the kernel's data.
    let code = black_box(arch::RETURN_CODE);
    // SAFETY: none: the call is meant to trap, and does.
    let function: extern "C" fn() = unsafe { core::mem::transmute(code.as_ptr()) };
    function();
    black_box(&code);
}

/// Uses the native stack up, past the engine's own limit, into the guard.
#[expect(unconditional_recursion, reason = "it ends at the guard page")]
fn dig(depth: u64) -> u64 {
    let frame = black_box([depth; 64]);
    dig(depth + 1) + black_box(frame)[0]
}
