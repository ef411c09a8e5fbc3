//! The loader of images that are packed by LZMA.
#![no_std]
#![no_main]

use libos_loader::{lzma, machine};

#[unsafe(no_mangle)]
extern "C" fn load(information: u32, magic: u32) -> u32 {
    machine::load(information, magic, lzma::unpack)
}
