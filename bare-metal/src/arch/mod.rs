//! What depends on the architecture. Each folder offers the same modules:
//!
//! - `serial`: the first console, for output before anything else works.
//! - `clock`, `entropy`, `power`: time, random bits, ending.
//! - `interrupts`: sources that become ready, and waiting for one of them.
//! - `memory`: page tables, stacks with guards, mapping of registers.
//! - `machine`, `ports`: PCI configuration space, firmware's tables, and ports where there are any.
//! - `boot`: the loader's entry, which fills `start::Loaded` and calls `start::run`.
//! - `NAME` and `RETURN_CODE`.
//!
//! Everything else in a folder is private to it, and nothing outside of `arch` names an architecture.

#[cfg(target_arch = "x86_64")]
pub mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;
