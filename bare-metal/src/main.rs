//! The kernel as an executable: all code is in the library, entered at `pvh_entry`.
#![no_std]
#![no_main]

use libos_kernel as _;
