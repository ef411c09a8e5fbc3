//! The machine's random bits: a generator over ChaCha20 (RFC 8439), keyed by everything that the CPU
//! and devices give.
//!
//! What was mixed in stays in the key, so that one good source is enough, whatever the others gave.
//! Each output ends with a new key (fast key erasure): who reads the memory learns nothing of what was
//! given out before.

/// A generator; it gives nothing before it was seeded.
pub struct Generator {
    key: [u32; 8],
    is_seeded: bool,
    /// Outputs since the key was mixed with something.
    outputs: u32,
}

/// After so many outputs the owner should mix something in.
const OUTPUTS_MAX: u32 = 64;
/// What seeds the generator at the least.
const SEED_BYTES: usize = 32;
const BLOCK_BYTES: usize = 64;

impl Generator {
    /// A generator without a seed.
    pub const fn unseeded() -> Self {
        Self { key: [0; 8], is_seeded: false, outputs: OUTPUTS_MAX }
    }

    /// Whether it gives anything.
    pub fn is_seeded(&self) -> bool {
        self.is_seeded
    }

    /// Whether it is time to mix something in.
    pub fn is_due(&self) -> bool {
        self.outputs >= OUTPUTS_MAX
    }

    /// Mixes bits in. 32 bytes of a good source, or more, are a seed.
    pub fn mix(&mut self, bytes: &[u8]) {
        for part in bytes.chunks(SEED_BYTES) {
            for (at, byte) in part.iter().enumerate() {
                self.key[at / 4] ^= u32::from(*byte) << (8 * (at % 4));
            }
            // The next part must not meet this one as it was.
            self.rekey(&block(&self.key, 0));
        }
        self.is_seeded |= bytes.len() >= SEED_BYTES;
        self.outputs = 0;
    }

    /// Fills all of `target`; false, with nothing done, before it was seeded.
    pub fn fill(&mut self, target: &mut [u8]) -> bool {
        if !self.is_seeded {
            return false;
        }
        // Block 0 becomes the next key.
        for (index, part) in target.chunks_mut(BLOCK_BYTES).enumerate() {
            part.copy_from_slice(&block(&self.key, index as u64 + 1)[..part.len()]);
        }
        self.rekey(&block(&self.key, 0));
        self.outputs = self.outputs.saturating_add(1);
        true
    }

    fn rekey(&mut self, bytes: &[u8; BLOCK_BYTES]) {
        for (word, part) in self.key.iter_mut().zip(bytes.chunks_exact(4)) {
            *word = u32::from_le_bytes([part[0], part[1], part[2], part[3]]);
        }
    }
}

fn quarter_round(state: &mut [u32; 16], [a, b, c, d]: [usize; 4]) {
    let mut step = |to: usize, add: usize, turned: usize, bits: u32| {
        state[to] = state[to].wrapping_add(state[add]);
        state[turned] = (state[turned] ^ state[to]).rotate_left(bits);
    };
    step(a, b, d, 16);
    step(c, d, b, 12);
    step(a, b, d, 8);
    step(c, d, b, 7);
}

/// RFC 8439, 2.3, with a counter of 64 bits and the rest of the nonce 0: no key is used twice.
fn block(key: &[u32; 8], counter: u64) -> [u8; BLOCK_BYTES] {
    let mut initial =
        [0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    initial[4..12].copy_from_slice(key);
    initial[12] = counter as u32;
    initial[13] = (counter >> 32) as u32;
    permute(initial)
}

fn permute(initial: [u32; 16]) -> [u8; BLOCK_BYTES] {
    let mut state = initial;
    for _ in 0..10 {
        for column in 0..4 {
            quarter_round(&mut state, [column, column + 4, column + 8, column + 12]);
        }
        for row in 0..4 {
            quarter_round(
                &mut state,
                [row, 4 + (row + 1) % 4, 8 + (row + 2) % 4, 12 + (row + 3) % 4],
            );
        }
    }
    let mut bytes = [0; BLOCK_BYTES];
    for (part, (word, first)) in bytes.chunks_exact_mut(4).zip(state.iter().zip(initial)) {
        part.copy_from_slice(&word.wrapping_add(first).to_le_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 8439, 2.3.2.
    #[test]
    fn the_block_function_is_the_standards() {
        let mut initial = [0; 16];
        initial[..4].copy_from_slice(&[0x6170_7865, 0x3320_646e, 0x7962_2d32, 0x6b20_6574]);
        for (at, word) in initial[4..12].iter_mut().enumerate() {
            let first = 4 * at as u8;
            *word = u32::from_le_bytes([first, first + 1, first + 2, first + 3]);
        }
        initial[12..].copy_from_slice(&[1, 0x0900_0000, 0x4a00_0000, 0]);
        let bytes = permute(initial);
        assert_eq!(bytes[..8], [0x10, 0xf1, 0xe7, 0xe4, 0xd1, 0x3b, 0x59, 0x15]);
        assert_eq!(bytes[56..], [0xcb, 0xd0, 0x83, 0xe8, 0xa2, 0x50, 0x3c, 0x4e]);
    }

    #[test]
    fn nothing_is_given_before_a_whole_seed() {
        let mut generator = Generator::unseeded();
        let mut target = [7; 16];
        assert!(generator.is_due() && !generator.fill(&mut target));
        generator.mix(&[1; 31]);
        assert!(!generator.fill(&mut target));
        assert_eq!(target, [7; 16]);
        generator.mix(&[1; 32]);
        assert!(generator.fill(&mut target));
        assert_ne!(target, [7; 16]);
    }

    #[test]
    fn no_output_comes_twice_and_every_input_counts() {
        let draw = |seeds: &[&[u8]]| {
            let mut generator = Generator::unseeded();
            for seed in seeds {
                generator.mix(seed);
            }
            let mut target = [0; 200];
            assert!(generator.fill(&mut target));
            let first = target;
            assert!(generator.fill(&mut target));
            assert_ne!(first, target);
            assert_ne!(first[..64], first[64..128]);
            first
        };
        let (one, two) = ([1; 32], [2; 32]);
        assert_eq!(draw(&[&one, &two]), draw(&[&one, &two]));
        assert_ne!(draw(&[&one]), draw(&[&two]));
        assert_ne!(draw(&[&one, &two]), draw(&[&two, &one]));
        assert_ne!(draw(&[&one, &one]), draw(&[&two, &two]));
        assert_ne!(draw(&[&one, &[9]]), draw(&[&one]));
        let (mut long, short) = ([3; 64], [3; 32]);
        assert_ne!(draw(&[&long]), draw(&[&short]));
        long[63] = 4;
        assert_ne!(draw(&[&long]), draw(&[&[3; 64]]));
    }

    #[test]
    fn it_asks_for_more_after_many_outputs() {
        let mut generator = Generator::unseeded();
        generator.mix(&[5; 32]);
        for _ in 0..OUTPUTS_MAX {
            assert!(!generator.is_due());
            assert!(generator.fill(&mut [0; 1]));
        }
        assert!(generator.is_due());
    }
}
