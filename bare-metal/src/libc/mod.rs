//! What the engine's C code calls of a C library. Strings and `printf` are in `engine/libc.c`,
//! `mem*` comes with Rust's compiler-builtins, and the rest is here.

#[cfg(target_os = "none")]
mod math;
#[cfg(target_os = "none")]
pub mod time;

/// The engine found its own state broken.
#[cfg(target_os = "none")]
#[unsafe(no_mangle)]
extern "C" fn abort() -> ! {
    panic!("the JavaScript engine gave up")
}
