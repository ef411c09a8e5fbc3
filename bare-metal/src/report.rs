//! What the kernel itself says, on the serial console.

use crate::arch;
use core::fmt::{self, Write};
use core::panic::PanicInfo;

/// Exit codes of ends that the application did not choose.
pub mod exit {
    /// An error that the application did not catch.
    pub const UNCAUGHT: u8 = 1;
    /// The kernel could not start: too little memory, a bad payload, a missing device.
    pub const REFUSED: u8 = 70;
    /// The CPU trapped: a bug in native code, or a probe.
    pub const TRAP: u8 = 71;
    /// The kernel found a bug in itself.
    pub const PANIC: u8 = 72;
    /// JavaScript's heap is full, and no error could be thrown any more.
    pub const EXHAUSTED: u8 = 73;
}

/// The serial console as a `fmt::Write`.
pub struct Serial;

impl Write for Serial {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        arch::serial::write(text.as_bytes());
        Ok(())
    }
}

/// Prints one line of the kernel's own.
#[macro_export]
macro_rules! say {
    ($($part:tt)*) => {{
        use core::fmt::Write;
        // Writing to the serial line cannot fail.
        let _ = writeln!($crate::report::Serial, $($part)*);
    }};
}

/// Says why the kernel cannot go on, and ends.
pub fn refuse(why: fmt::Arguments) -> ! {
    say!("libos: {why}");
    arch::power::fail(exit::REFUSED)
}

#[panic_handler]
fn panic(info: &PanicInfo) -> ! {
    say!("libos: {info}");
    crate::engine::say_stack();
    arch::power::fail(exit::PANIC)
}
