//! State of the kernel: one CPU runs it, one thing at a time.

use core::ops::Deref;

/// A value that only one CPU ever reaches.
///
/// The kernel starts no second CPU. Interrupts are open only inside `arch::interrupts::window` and
/// `wait`, which hold no borrow of anything, and their handler touches nothing but its own counters.
/// Traps end the system. So a `Cell` or `RefCell` in a `static` is as safe as on a stack.
pub struct OneCpu<T>(T);

impl<T> OneCpu<T> {
    /// Wraps a value for a `static`.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
}

// SAFETY: there is no second thread of execution; see the type's description.
unsafe impl<T> Sync for OneCpu<T> {}

impl<T> Deref for OneCpu<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}
