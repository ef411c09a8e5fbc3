//! The Huffman code of literals (RFC 8878, 4.2): the next eleven bits are looked up.

use super::Input;
use super::bits::Bits;
use super::fse::{self, Counts};

const BITS_MAX: u32 = 11;
const SYMBOLS: usize = 256;
/// Weights of a code are themselves coded with tables of up to so many bits (4.2.1.2).
const WEIGHT_BITS_MAX: u32 = 6;
/// From one refill to the next so many symbols can be taken: 5 times 11 bits.
const AT_ONCE: usize = 5;

/// A code. An entry is how many bits a symbol takes, and above that the symbol.
pub struct Table {
    entries: [u16; 1 << BITS_MAX],
    is_made: bool,
}

/// Weights of symbols: of the first `count`, without the last one that has any.
struct Weights {
    weights: [u8; SYMBOLS],
    count: usize,
}

impl Weights {
    /// Four bits for each (4.2.1.1).
    fn read_plain(memory: &[u8], input: &mut Input, count: usize) -> Option<Self> {
        let mut read = Self { weights: [0; SYMBOLS], count };
        let at = input.pass(count.div_ceil(2))?;
        for (index, weight) in read.weights.iter_mut().take(count).enumerate() {
            let pair = *memory.get(at + index / 2)?;
            *weight = if index % 2 == 0 { pair >> 4 } else { pair & 15 };
        }
        Some(read)
    }

    /// By two states that take turns (4.2.1.2).
    fn read_packed(memory: &[u8], input: &mut Input, bytes: usize) -> Option<Self> {
        let start = input.pass(bytes)?;
        let mut header = Input { at: start, end: input.at };
        let counts = Counts::read(memory, &mut header, WEIGHT_BITS_MAX)?;
        let mut table = [0; 1 << WEIGHT_BITS_MAX];
        let weights: [u64; BITS_MAX as usize + 1] =
            core::array::from_fn(|weight| fse::symbol_entry(weight as u64, 0));
        counts.make(&mut table, &weights)?;
        // SAFETY: the input ends in the memory, which nothing writes to meanwhile.
        let mut bits = unsafe { Bits::new(memory.get(..header.end)?.as_ptr(), &header) }?;
        let mut states = [bits.take(counts.bits), bits.take(counts.bits)];
        let mut read = Self { weights: [0; SYMBOLS], count: 0 };
        loop {
            bits.refill()?;
            let entry = *table.get(states[read.count & 1])?;
            let (before, taken) = fse::next_state(entry);
            // The last symbol of all has no weight here.
            if read.count + 2 >= SYMBOLS {
                return None;
            }
            read.weights[read.count] = fse::value(entry) as u8;
            read.count += 1;
            if bits.left() < taken as isize {
                let other = *table.get(states[read.count & 1])?;
                read.weights[read.count] = fse::value(other) as u8;
                read.count += 1;
                return Some(read);
            }
            states[(read.count - 1) & 1] = bits.append(before, taken);
        }
    }
}

impl Table {
    pub const EMPTY: Table = Table { entries: [0; 1 << BITS_MAX], is_made: false };

    /// Reads a code (4.2.1).
    pub fn read(&mut self, memory: &[u8], input: &mut Input) -> Option<()> {
        let weights = match input.number(memory, 1)? {
            header @ 0..128 => Weights::read_packed(memory, input, header)?,
            header => Weights::read_plain(memory, input, header - 127)?,
        };
        self.make(weights)
    }

    fn make(&mut self, mut read: Weights) -> Option<()> {
        // How many places of the table the symbols of each weight have.
        let mut places = [0u32; BITS_MAX as usize + 1];
        let mut sum = 0;
        for weight in &read.weights[..read.count] {
            let all = places.get_mut(usize::from(*weight))?;
            let own = 1 << *weight >> 1;
            *all += own;
            sum += own;
        }
        // The last symbol's weight is what is missing.
        let bits = 32 - u32::leading_zeros(sum);
        let missing = (1u32 << bits) - sum;
        if sum == 0 || bits > BITS_MAX || !missing.is_power_of_two() {
            return None;
        }
        let last = missing.trailing_zeros() + 1;
        *read.weights.get_mut(read.count)? = last as u8;
        places[last as usize] += missing;
        let mut next = [0u32; BITS_MAX as usize + 1];
        for weight in 2..next.len() {
            next[weight] = next[weight - 1] + places[weight - 1];
        }
        let spread = BITS_MAX - bits;
        for (symbol, weight) in read.weights[..=read.count].iter().enumerate() {
            let weight = u32::from(*weight);
            if weight == 0 {
                continue;
            }
            let place = &mut next[weight as usize];
            let from = (*place << spread) as usize;
            *place += 1 << weight >> 1;
            let entry = (symbol as u32) << 8 | (bits + 1 - weight);
            self.entries.get_mut(from..(*place << spread) as usize)?.fill(entry as u16);
        }
        self.is_made = true;
        Some(())
    }

    /// Unpacks one stream, which holds so many symbols.
    pub fn unpack(&self, memory: &[u8], input: &Input, target: &mut [u8]) -> Option<()> {
        // SAFETY: the input ends in the memory, which nothing writes to meanwhile.
        let mut bits = unsafe { Bits::new(memory.get(..input.end)?.as_ptr(), input) }?;
        if !self.is_made {
            return None;
        }
        let (many, few) = target.as_chunks_mut::<AT_ONCE>();
        for symbols in many {
            bits.refill()?;
            *symbols = [
                self.symbol(&mut bits),
                self.symbol(&mut bits),
                self.symbol(&mut bits),
                self.symbol(&mut bits),
                self.symbol(&mut bits),
            ];
        }
        for symbol in few {
            bits.refill()?;
            *symbol = self.symbol(&mut bits);
        }
        (bits.left() == 0).then_some(())
    }

    #[inline(always)]
    fn symbol(&self, bits: &mut Bits) -> u8 {
        let entry = self.entries[bits.peek11()];
        bits.skip(u32::from(entry & 0xff));
        (entry >> 8) as u8
    }
}
