//! The HAL back end of a libos image: boot, memory, traps, timers, the serial console, and the
//! JavaScript engine with the binding through which TypeScript reaches the machine.
//!
//! What knows a format but no hardware (`boot`, `firmware`, `binding::pages`, `libc::format`, …)
//! is compiled for the host as well and tested there. What touches hardware is below `arch`, one
//! folder for each architecture, and is compiled for bare targets only.
#![cfg_attr(not(test), no_std)]

extern crate alloc;

pub mod boot;
pub mod checksum;
pub mod dma_tables;
pub mod firmware;
pub mod paging;
pub mod pv_clock;
pub mod random;
pub mod wall_clock;
pub mod wall_time;

#[cfg(target_os = "none")]
pub mod arch;
#[cfg(target_os = "none")]
mod binding;
#[cfg(target_os = "none")]
mod engine;
#[cfg(target_os = "none")]
mod entropy;
#[cfg(target_os = "none")]
mod heap;
#[cfg(any(target_os = "none", test))]
mod libc;
#[cfg(target_os = "none")]
mod main_loop;
#[cfg(target_os = "none")]
mod one_cpu;
pub mod packet_pages;
#[cfg(target_os = "none")]
mod report;
#[cfg(target_os = "none")]
mod stamps;
#[cfg(target_os = "none")]
mod start;
