//! Tables that firmware left in memory: ACPI. Everything is read through a function that gives the
//! bytes at a physical address, so that it is tested on the host with tables made up.

pub mod acpi;
pub mod fadt;
pub mod madt;
