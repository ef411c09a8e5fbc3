//! Traps: a report on the console, and a defined end. No trap is ever resumed.

use super::descriptors::FIRST_INTERRUPT;
use super::{cpu, interrupts, memory, power};
use crate::one_cpu::OneCpu;
use crate::report::exit;
use crate::say;
use core::cell::Cell;

/// The stack at a trap, as the stubs of `boot.s` leave it.
#[repr(C)]
pub struct Frame {
    r15: u64,
    r14: u64,
    r13: u64,
    r12: u64,
    r11: u64,
    r10: u64,
    r9: u64,
    r8: u64,
    rbp: u64,
    rdi: u64,
    rsi: u64,
    rdx: u64,
    rcx: u64,
    rbx: u64,
    rax: u64,
    vector: u64,
    error: u64,
    rip: u64,
    cs: u64,
    rflags: u64,
    rsp: u64,
    ss: u64,
}

const PAGE_FAULT: u64 = 14;
/// Names of the vectors 0 to 21 (Intel SDM volume 3, 6.3.1).
const NAMES: [&str; 22] = [
    "divide error",
    "debug",
    "non-maskable interrupt",
    "breakpoint",
    "overflow",
    "bound range exceeded",
    "invalid opcode",
    "device not available",
    "double fault",
    "coprocessor segment overrun",
    "invalid task state",
    "segment not present",
    "stack segment fault",
    "general protection fault",
    "page fault",
    "reserved",
    "x87 floating point",
    "alignment check",
    "machine check",
    "SIMD floating point",
    "virtualization",
    "control protection",
];

/// Where a report is; a trap inside a report is told in one line.
#[derive(Clone, Copy, PartialEq)]
enum Reporting {
    Nothing,
    Registers,
    Stack,
}

static REPORTING: OneCpu<Cell<Reporting>> = OneCpu::new(Cell::new(Reporting::Nothing));

#[unsafe(no_mangle)]
extern "C" fn trap_arrived(frame: &Frame) {
    match frame.vector as usize {
        vector @ FIRST_INTERRUPT.. => interrupts::arrived(vector as u8),
        _ => report(frame),
    }
}

fn report(frame: &Frame) -> ! {
    match REPORTING.replace(Reporting::Registers) {
        Reporting::Nothing => {}
        Reporting::Stack => {
            say!("  (the JavaScript stack is broken)");
            power::fail(exit::TRAP);
        }
        Reporting::Registers => cpu::halt(),
    }
    let name = NAMES.get(frame.vector as usize).unwrap_or(&"reserved");
    if frame.vector == PAGE_FAULT {
        let address = cpu::fault_address();
        // The error code's bits: 0 present, 1 write, 4 instruction fetch (SDM volume 3, 4.7).
        let attempt = match (frame.error & 16 != 0, frame.error & 2 != 0) {
            (true, _) => "execute",
            (_, true) => "write",
            _ => "read",
        };
        let place = memory::describe(address);
        say!("libos: trap: page fault: cannot {attempt} {address:#x} ({place})");
    } else {
        say!("libos: trap: {name}");
    }
    say!("  vector {} error {:#x} at rip {:#018x}", frame.vector, frame.error, frame.rip);
    say!(
        "  rsp {:#018x} rflags {:#x} cs {:#x} ss {:#x}",
        frame.rsp,
        frame.rflags,
        frame.cs,
        frame.ss
    );
    say!("  rax {:#018x} rbx {:#018x} rcx {:#018x}", frame.rax, frame.rbx, frame.rcx);
    say!("  rdx {:#018x} rsi {:#018x} rdi {:#018x}", frame.rdx, frame.rsi, frame.rdi);
    say!("  rbp {:#018x} r8  {:#018x} r9  {:#018x}", frame.rbp, frame.r8, frame.r9);
    say!("  r10 {:#018x} r11 {:#018x} r12 {:#018x}", frame.r10, frame.r11, frame.r12);
    say!("  r13 {:#018x} r14 {:#018x} r15 {:#018x}", frame.r13, frame.r14, frame.r15);
    REPORTING.set(Reporting::Stack);
    crate::engine::say_stack();
    power::fail(exit::TRAP)
}
