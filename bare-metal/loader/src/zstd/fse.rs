//! Tables of finite state entropy (RFC 8878, 4.1).
//!
//! An entry is a state. From its lowest bit: how many bits lead to the next state (8), how many bits are
//! added to the value of its symbol (8), the bits of the next state that stand before those that are
//! read (16), the value (32).

use super::Input;

/// Symbols of the largest code.
pub const SYMBOLS_MAX: usize = 53;
/// A symbol that occurs less than once.
const RARE: i16 = -1;

/// How often each symbol occurs; together `1 << bits` times.
pub struct Counts {
    pub counts: [i16; SYMBOLS_MAX],
    pub symbols: usize,
    pub bits: u32,
}

/// The tables' parts of an entry.
#[inline(always)]
pub fn next_state(entry: u64) -> (u64, u32) {
    (entry >> 16 & 0xffff, (entry & 0xff) as u32)
}

#[inline(always)]
pub fn extra_bits(entry: u64) -> u32 {
    (entry >> 8 & 0xff) as u32
}

#[inline(always)]
pub fn value(entry: u64) -> usize {
    (entry >> 32) as usize
}

/// What a symbol adds to its entries.
pub const fn symbol_entry(value: u64, extra: u64) -> u64 {
    value << 32 | extra << 8
}

impl Counts {
    /// A predefined distribution.
    pub fn new(counts: &[i8], bits: u32) -> Self {
        let mut all = [0; SYMBOLS_MAX];
        for (to, from) in all.iter_mut().zip(counts) {
            *to = i16::from(*from);
        }
        Self { counts: all, symbols: counts.len().min(SYMBOLS_MAX), bits }
    }

    /// Reads how often each symbol occurs (4.1.1).
    pub fn read(memory: &[u8], input: &mut Input, bits_max: u32) -> Option<Self> {
        let mut at = 8 * input.at;
        let mut peek = |taken: u32, count: u32| {
            at += taken as usize;
            let word = memory.get(at >> 3..(at >> 3) + 4)?.try_into().ok()?;
            Some(u32::from_le_bytes(word) >> (at & 7) & ((1 << count) - 1))
        };
        let bits = peek(0, 4)? + 5;
        if bits > bits_max {
            return None;
        }
        let mut read = Self { counts: [0; SYMBOLS_MAX], symbols: 0, bits };
        let mut taken = 4;
        let mut left = (1 << bits) + 1;
        while left > 1 {
            // The lower part of the range of values takes one bit less.
            let width = 32 - u32::leading_zeros(left);
            let spared = (1 << width) - 1 - left;
            let mut value = peek(taken, width)?;
            let low = value & ((1 << (width - 1)) - 1);
            if low < spared {
                value = low;
                taken = width - 1;
            } else {
                if value >= 1 << (width - 1) {
                    value -= spared;
                }
                taken = width;
            }
            let count = value as i16 - 1;
            left = left.checked_sub(count.unsigned_abs().into())?;
            *read.counts.get_mut(read.symbols)? = count;
            read.symbols += 1;
            // Behind a symbol that never occurs: how many more of them, three at a time.
            let mut zeros = if count == 0 { 3 } else { 0 };
            while zeros == 3 {
                zeros = peek(taken, 2)?;
                taken = 2;
                read.symbols += zeros as usize;
            }
        }
        peek(taken, 0)?;
        input.at = at.div_ceil(8);
        (left == 1 && read.symbols <= SYMBOLS_MAX && input.at <= input.end).then_some(read)
    }

    /// Makes the table, in the first `1 << bits` entries. `None`: there is no room for it, or a symbol is
    /// none of `symbols`, which say what each adds to its entries.
    #[inline(never)]
    pub fn make(&self, table: &mut [u64], symbols: &[u64]) -> Option<()> {
        let size = 1usize << self.bits;
        let table = table.get_mut(..size)?;
        let counts = self.counts.get(..self.symbols)?;
        let mut next = [0u16; SYMBOLS_MAX];
        let mut high = size;
        for (symbol, count) in counts.iter().enumerate() {
            next[symbol] = count.unsigned_abs();
            if *count == RARE {
                high = high.checked_sub(1)?;
                *table.get_mut(high)? = symbol as u64;
            }
        }
        let step = (size >> 1) + (size >> 3) + 3;
        let mut place = 0;
        for (symbol, count) in counts.iter().enumerate() {
            for _ in 0..*count {
                table[place & (size - 1)] = symbol as u64;
                place = (place + step) & (size - 1);
                while place >= high && high > 0 {
                    place = (place + step) & (size - 1);
                }
            }
        }
        for entry in table {
            let symbol = *entry as usize;
            let number = next.get_mut(symbol)?;
            let taken = self.bits - (31 - u32::from(*number).leading_zeros());
            // Without its highest bit, which stands for the size of the table.
            let before = u64::from(*number) - (size as u64 >> taken);
            *number += 1;
            *entry = symbols.get(symbol)? | before << 16 | u64::from(taken);
        }
        Some(())
    }
}
