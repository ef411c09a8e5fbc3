//! x86_64: PCs (`-M pc`, `q35`) and microvm.

pub mod boot;
pub mod clock;
mod cpu;
mod descriptors;
pub mod entropy;
pub mod interrupts;
mod io_apic;
mod kvm_clock;
mod local_apic;
pub mod machine;
pub mod memory;
mod pit;
pub mod ports;
pub mod power;
mod real_time_clock;
pub mod serial;
mod traps;

/// The name of the architecture, as `Platform.arch` gives it.
pub const NAME: &str = "x86_64";

/// Machine code that returns to its caller, for a probe: `ret`.
pub const RETURN_CODE: [u8; 1] = [0xc3];
