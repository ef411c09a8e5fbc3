//! The kernel with the engine for speed: all code is in the library, entered at `pvh_entry`, and
//! build.rs links each kernel with an engine of its own.
#![no_std]
#![no_main]

use libos_kernel as _;
