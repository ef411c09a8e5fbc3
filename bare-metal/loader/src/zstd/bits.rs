//! Bits that are read from the end of a stream to its start (RFC 8878, 4.1).

use super::Input;

const WORD_BYTES: usize = 8;

/// A stream of bits. The highest bit of `word` is the next one; below its lowest bit that is set are as
/// many zeros as bits were taken of the eight bytes at `at`.
pub struct Bits {
    word: u64,
    at: *const u8,
    /// Where `at` is when the last bit was taken.
    floor: *const u8,
}

impl Bits {
    /// The stream that `input` is of the memory at `start`. `None`: it has no end, or no eight bytes
    /// are before it.
    ///
    /// # Safety
    /// Memory can be read from `start` to the input's end, as long as there are these bits.
    pub unsafe fn new(start: *const u8, input: &Input) -> Option<Self> {
        let floor = input.at.checked_sub(WORD_BYTES)?;
        if input.end <= input.at {
            return None;
        }
        // SAFETY: the last byte of the input, and what lies eight bytes before its start and end.
        let (last, at, floor) = unsafe {
            (*start.add(input.end - 1), start.add(input.end - WORD_BYTES), start.add(floor))
        };
        if last == 0 {
            return None;
        }
        // Zeros until the bit that marks the end, and that one.
        let taken = last.leading_zeros() + 1;
        // SAFETY: `at` is not below `floor`, so not below `start`.
        let word = unsafe { read(at) };
        Some(Self { word: (word | 1) << taken, at, floor })
    }

    /// Sees to at least 56 bits. `None`: more bits than there are were taken.
    #[inline(always)]
    pub fn refill(&mut self) -> Option<()> {
        let taken = self.word.trailing_zeros();
        self.at = self.at.wrapping_sub((taken >> 3) as usize);
        if self.at < self.floor {
            return None;
        }
        // SAFETY: `at` only went down from where eight bytes could be read, and not below `floor`,
        // where they can be read as well.
        self.word = (unsafe { read(self.at) } | 1) << (taken & 7);
        Some(())
    }

    /// The next eleven bits, which are not taken.
    #[inline(always)]
    pub fn peek11(&self) -> usize {
        (self.word >> 53) as usize
    }

    #[inline(always)]
    pub fn skip(&mut self, count: u32) {
        self.word = self.word.wrapping_shl(count);
    }

    /// Takes bits: no more than 56 from one `refill` to the next.
    #[inline(always)]
    pub fn take(&mut self, count: u32) -> usize {
        self.append(0, count)
    }

    /// The same, behind the bits of `value`.
    #[inline(always)]
    pub fn append(&mut self, value: u64, count: u32) -> usize {
        let count = count & 63;
        let result = value << count | (self.word >> 1) >> (count ^ 63);
        self.word <<= count;
        result as usize
    }

    /// How many bits are left; negative: so many too many were taken.
    pub fn left(&self) -> isize {
        8 * (self.at as isize - self.floor as isize) - self.word.trailing_zeros() as isize
    }
}

/// # Safety
/// Eight bytes can be read at `at`.
#[inline(always)]
unsafe fn read(at: *const u8) -> u64 {
    // SAFETY: the caller's promise.
    u64::from_le(unsafe { at.cast::<u64>().read_unaligned() })
}
