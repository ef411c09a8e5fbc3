//! Links the loader with its script, at the address where every loader of machines puts it.

use std::env;

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=src/entry.s");
    if env::var("CARGO_CFG_TARGET_OS").as_deref() != Ok("none") {
        return;
    }
    let folder = env::var("CARGO_MANIFEST_DIR").expect("cargo sets it");
    println!("cargo::rerun-if-changed={folder}/loader.ld");
    println!("cargo::rustc-link-arg-bins=--script={folder}/loader.ld");
    println!("cargo::rustc-link-arg-bins=--gc-sections");
}
