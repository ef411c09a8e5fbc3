//! The first code of an image. It lies at 1 MiB, in front of one blob with the kernel and the
//! application: it looks whether all of it is there and unaltered, unpacks the blob to where the
//! kernel belongs, and enters the kernel with what the machine's loader told. Then it is gone: its
//! memory and the blob's are the kernel's heap.
//!
//! Everything but `machine` needs no hardware, is compiled for the host as well, and tested there.
#![cfg_attr(not(test), no_std)]
#![feature(portable_simd)]

pub mod lzma;
#[cfg(target_os = "none")]
pub mod machine;
pub mod memory_map;
pub mod x86_filter;
pub mod xxh64;
pub mod zstd;
