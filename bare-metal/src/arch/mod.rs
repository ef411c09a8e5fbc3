//! What depends on the architecture. Each folder offers the same modules:
//!
//! - `serial`: the first console, for output before anything else works.
//! - `clock`, `entropy`, `power`: time, random bits, ending.
//! - `interrupts`: sources that become ready, and waiting for one of them.
//! - `memory`: page tables, stacks with guards, mapping of registers.
//! - `machine`: what the binding offers of ports and PCI, and where firmware's tables are.
//! - `boot`: the loader's entry, which fills `start::Loaded` and calls `start::run`.

#[cfg(target_arch = "x86_64")]
pub mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;
