//! The kernel with the small engine: see `speed.rs`.
#![no_std]
#![no_main]

use libos_kernel as _;
