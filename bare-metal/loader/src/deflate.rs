//! Inflate (RFC 1951), quick rather than short: codes of up to `QUICK_BITS` bits are looked up, the
//! rare longer ones are walked bit by bit. Input and output lie in one block of memory and may overlap:
//! the builder saw to it that no byte is overwritten before it was read. It also put eight bytes behind
//! the input, for bits are taken up to four bytes at a time, and some that are never used.

const QUICK_BITS: u32 = 10;
const CODE_BITS_MAX: usize = 15;
const SYMBOLS_MAX: usize = 288;
/// A symbol in the table of quick codes, above the length of its code.
const LENGTH_BITS: u32 = 4;
/// `refill` sees to at least so many bits.
const REFILL_BITS: u32 = 24;

/// The order in which the lengths of the codes of lengths come (3.2.7).
const LENGTH_ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

/// A Huffman code (3.2.2).
struct Code {
    /// By the next `QUICK_BITS` bits: symbol and length; 0: the code is longer, or there is none.
    quick: [u16; 1 << QUICK_BITS],
    /// How many codes have each length.
    counts: [u16; CODE_BITS_MAX + 1],
    /// Symbols in the order of their codes.
    symbols: [u16; SYMBOLS_MAX],
}

impl Code {
    const EMPTY: Code =
        Code { quick: [0; 1 << QUICK_BITS], counts: [0; 16], symbols: [0; SYMBOLS_MAX] };

    /// Makes the code in which symbol `n` has a code of `lengths[n]` bits.
    fn make(&mut self, lengths: &[u8]) -> Option<()> {
        self.quick.fill(0);
        self.counts.fill(0);
        for length in lengths {
            *self.counts.get_mut(usize::from(*length))? += 1;
        }
        self.counts[0] = 0;
        let (mut codes, mut places) = ([0u32; CODE_BITS_MAX + 1], [0u16; CODE_BITS_MAX + 1]);
        for length in 1..CODE_BITS_MAX {
            codes[length + 1] = (codes[length] + u32::from(self.counts[length])) << 1;
            places[length + 1] = places[length] + self.counts[length];
        }
        for (symbol, length) in lengths.iter().enumerate() {
            let index = usize::from(*length);
            if index == 0 {
                continue;
            }
            *self.symbols.get_mut(usize::from(places[index]))? = symbol as u16;
            places[index] += 1;
            let code = codes[index];
            codes[index] += 1;
            let bits = u32::from(*length);
            if bits > QUICK_BITS {
                continue;
            }
            // Codes come with their first bit first: as the lowest one.
            let mut at = (code.reverse_bits() >> (32 - bits)) as usize;
            while at < 1 << QUICK_BITS {
                self.quick[at] = (symbol as u16) << LENGTH_BITS | bits as u16;
                at += 1 << bits;
            }
        }
        Some(())
    }
}

struct Decoder<'a> {
    memory: &'a mut [u8],
    input: usize,
    at: usize,
    end: usize,
    bits: u32,
    count: u32,
}

impl Decoder<'_> {
    #[inline(always)]
    fn refill(&mut self) -> Option<()> {
        if self.count < REFILL_BITS {
            let word = self.memory.get(self.input..self.input + 4)?;
            let word = u32::from_le_bytes(word.try_into().ok()?);
            self.bits |= word << self.count;
            self.input += (31 - self.count as usize) >> 3;
            self.count |= REFILL_BITS;
        }
        Some(())
    }

    /// Up to `REFILL_BITS` bits.
    #[inline(always)]
    fn take(&mut self, count: u32) -> Option<u32> {
        self.refill()?;
        let value = self.bits & ((1 << count) - 1);
        self.bits >>= count;
        self.count -= count;
        Some(value)
    }

    #[inline(always)]
    fn symbol(&mut self, code: &Code) -> Option<usize> {
        self.refill()?;
        let entry = code.quick[(self.bits & ((1 << QUICK_BITS) - 1)) as usize];
        if entry == 0 {
            return self.long_symbol(code);
        }
        let length = u32::from(entry) & ((1 << LENGTH_BITS) - 1);
        self.bits >>= length;
        self.count -= length;
        Some(usize::from(entry >> LENGTH_BITS))
    }

    /// Codes of one length are consecutive numbers, and follow those of the length before.
    #[inline(never)]
    fn long_symbol(&mut self, code: &Code) -> Option<usize> {
        let (mut value, mut first, mut place) = (0u32, 0u32, 0u32);
        for length in 1..=CODE_BITS_MAX {
            value |= self.bits & 1;
            self.bits >>= 1;
            self.count -= 1;
            let count = u32::from(code.counts[length]);
            if value < first + count {
                let symbol = code.symbols.get((place + value - first) as usize)?;
                return Some(usize::from(*symbol));
            }
            place += count;
            first = (first + count) << 1;
            value <<= 1;
        }
        None
    }

    /// The length of a match by its symbol, less 257 (3.2.5).
    #[inline(always)]
    fn length(&mut self, symbol: usize) -> Option<usize> {
        match symbol {
            0..8 => Some(symbol + 3),
            8..28 => {
                let extra = (symbol as u32 >> 2) - 1;
                Some(((4 + (symbol & 3)) << extra) + 3 + self.take(extra)? as usize)
            }
            28 => Some(258),
            _ => None,
        }
    }

    /// The distance of a match by its symbol (3.2.5).
    #[inline(always)]
    fn distance(&mut self, symbol: usize) -> Option<usize> {
        match symbol {
            0..4 => Some(symbol + 1),
            4..30 => {
                let extra = (symbol as u32 >> 1) - 1;
                Some(((2 + (symbol & 1)) << extra) + 1 + self.take(extra)? as usize)
            }
            _ => None,
        }
    }

    fn stored(&mut self) -> Option<()> {
        // Back to the byte behind the block's type: whole bytes that were taken are given back.
        self.input -= self.count as usize >> 3;
        (self.bits, self.count) = (0, 0);
        let head = self.memory.get(self.input..self.input + 4)?;
        let length = usize::from(u16::from_le_bytes([head[0], head[1]]));
        self.input += 4;
        if self.at + length > self.end || self.input + length > self.memory.len() {
            return None;
        }
        self.memory.copy_within(self.input..self.input + length, self.at);
        self.input += length;
        self.at += length;
        Some(())
    }

    fn copy(&mut self, length: usize, distance: usize) -> Option<()> {
        let from = self.at.checked_sub(distance)?;
        let end = self.at + length;
        if end > self.end {
            return None;
        }
        for (target, source) in (self.at..end).zip(from..) {
            *self.memory.get_mut(target)? = *self.memory.get(source)?;
        }
        self.at = end;
        Some(())
    }

    fn block(&mut self, literals: &Code, distances: &Code) -> Option<()> {
        loop {
            let symbol = self.symbol(literals)?;
            if symbol < 256 {
                if self.at >= self.end {
                    return None;
                }
                *self.memory.get_mut(self.at)? = symbol as u8;
                self.at += 1;
            } else if symbol == 256 {
                return Some(());
            } else {
                let length = self.length(symbol - 257)?;
                let symbol = self.symbol(distances)?;
                let distance = self.distance(symbol)?;
                self.copy(length, distance)?;
            }
        }
    }

    fn dynamic_codes(&mut self, literals: &mut Code, distances: &mut Code) -> Option<()> {
        let literal_count = self.take(5)? as usize + 257;
        let distance_count = self.take(5)? as usize + 1;
        let length_count = self.take(4)? as usize + 4;
        let mut lengths = [0u8; 320];
        for place in LENGTH_ORDER.iter().take(length_count) {
            lengths[usize::from(*place)] = self.take(3)? as u8;
        }
        literals.make(&lengths[..19])?;
        let total = literal_count + distance_count;
        let mut at = 0;
        while at < total {
            let symbol = self.symbol(literals)?;
            let (value, repeat) = match symbol {
                0..16 => (symbol as u8, 1),
                16 => (*lengths.get(at.checked_sub(1)?)?, 3 + self.take(2)?),
                17 => (0, 3 + self.take(3)?),
                _ => (0, 11 + self.take(7)?),
            };
            let end = at + repeat as usize;
            lengths.get_mut(at..end)?.fill(value);
            at = end;
        }
        let lengths = lengths.get(..total)?;
        literals.make(&lengths[..literal_count])?;
        distances.make(&lengths[literal_count..])
    }
}

/// The codes of blocks that bring none of their own (3.2.6).
fn fixed_codes(literals: &mut Code, distances: &mut Code) -> Option<()> {
    let mut lengths = [8u8; 288];
    lengths[144..256].fill(9);
    lengths[256..280].fill(7);
    literals.make(&lengths)?;
    distances.make(&[5; 30])
}

/// Unpacks what begins at `input` to the first `length` bytes of `memory`. `None`: it is no such
/// stream, or of another length.
pub fn unpack(memory: &mut [u8], input: usize, length: usize) -> Option<()> {
    let mut decoder = Decoder { memory, input, at: 0, end: length, bits: 0, count: 0 };
    let (mut literals, mut distances) = (Code::EMPTY, Code::EMPTY);
    loop {
        let is_last = decoder.take(1)? == 1;
        match decoder.take(2)? {
            0 => decoder.stored()?,
            kind @ 1..=2 => {
                match kind {
                    1 => fixed_codes(&mut literals, &mut distances)?,
                    _ => decoder.dynamic_codes(&mut literals, &mut distances)?,
                }
                decoder.block(&literals, &distances)?;
            }
            _ => return None,
        }
        if is_last {
            return (decoder.at == length).then_some(());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Unpacks from behind the output.
    fn inflate(packed: &[u8], length: usize) -> Option<Vec<u8>> {
        let mut memory = vec![0; length];
        memory.extend(packed);
        memory.extend([0; 8]);
        unpack(&mut memory, length, length)?;
        memory.truncate(length);
        Some(memory)
    }

    #[test]
    fn stored_bytes_are_copied() {
        let packed = [1, 3, 0, !3, 255, b'a', b'b', b'c'];
        assert_eq!(inflate(&packed, 3).as_deref(), Some(&b"abc"[..]));
        assert_eq!(inflate(&packed, 2), None);
    }

    #[test]
    fn fixed_codes_with_a_match() {
        // zlib's raw stream of ten times "a".
        assert_eq!(inflate(&[0x4b, 0x4c, 0x84, 0x01, 0x00], 10).as_deref(), Some(&[b'a'; 10][..]));
    }

    /// One block of fixed codes: so many times "a", and the end.
    fn fixed_block(count: usize) -> Vec<u8> {
        let mut bits = vec![1, 1, 0];
        for _ in 0..count {
            bits.extend([1, 0, 0, 1, 0, 0, 0, 1]);
        }
        bits.extend([0; 7]);
        bits.chunks(8)
            .map(|byte| byte.iter().rev().fold(0, |value, bit| value << 1 | bit))
            .collect()
    }

    #[test]
    fn the_last_symbols_are_read_whatever_bits_remain() {
        for count in 0..100 {
            let unpacked = inflate(&fixed_block(count), count);
            assert_eq!(unpacked, Some(vec![b'a'; count]), "{count} symbols");
        }
    }

    #[test]
    fn what_is_no_stream_is_refused_without_reading_outside() {
        for seed in 0..2000u32 {
            let mut value = seed.wrapping_mul(2_654_435_761);
            let packed: Vec<u8> = (0..40)
                .map(|_| {
                    value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    (value >> 24) as u8
                })
                .collect();
            let _ = inflate(&packed, 100);
        }
    }
}
