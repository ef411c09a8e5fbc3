//! The generator of this machine: seeded by the CPU where it can, and by whatever drivers bring.

use crate::arch;
use crate::one_cpu::OneCpu;
use crate::random::Generator;
use core::cell::RefCell;

/// What is taken from the CPU at a time.
const PORTION_BYTES: usize = 32;

static GENERATOR: OneCpu<RefCell<Generator>> = OneCpu::new(RefCell::new(Generator::unseeded()));

/// Mixes the CPU's bits in, when it is time for that.
fn refresh(generator: &mut Generator) {
    let mut portion = [0; PORTION_BYTES];
    if generator.is_due() && arch::entropy::fill(&mut portion) {
        generator.mix(&portion);
    }
}

/// Whether there are random bits.
pub fn available() -> bool {
    let mut generator = GENERATOR.borrow_mut();
    refresh(&mut generator);
    generator.is_seeded()
}

/// Fills all of `target`; false, with nothing done, where there is no source.
pub fn fill(target: &mut [u8]) -> bool {
    let mut generator = GENERATOR.borrow_mut();
    refresh(&mut generator);
    generator.fill(target)
}

/// Mixes in what a device gave; 32 bytes or more are a source by themselves.
pub fn add(bytes: &[u8]) {
    GENERATOR.borrow_mut().mix(bytes);
}
