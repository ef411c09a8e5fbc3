//! The kernel with the engine that has a parser: see `speed.rs`.
#![no_std]
#![no_main]

use libos_kernel as _;
