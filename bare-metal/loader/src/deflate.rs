//! Inflate (RFC 1951), quick rather than short. Input and output lie in one block of memory and may
//! overlap: the builder saw to it that no byte is overwritten before it was read. It also put eight
//! bytes behind the input, for bits are taken up to four bytes at a time, and some that are never used.

mod code;
mod quick;

use code::{
    CODE_AT, DISTANCE_ROOT, END, LENGTHS_ROOT, LINK, LITERAL, LITERAL_ROOT, SPECIAL, TAKEN, Tables,
    VALUE_AT,
};

/// `refill` sees to at least so many bits.
const REFILL_BITS: u32 = 24;

/// The order in which the lengths of the codes of lengths come (3.2.7).
const LENGTH_ORDER: [u8; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];

struct Decoder<'a> {
    memory: &'a mut [u8],
    input: usize,
    at: usize,
    end: usize,
    bits: u32,
    count: u32,
}

impl Decoder<'_> {
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
    fn take(&mut self, count: u32) -> Option<u32> {
        self.refill()?;
        let value = self.bits & ((1 << count) - 1);
        self.bits >>= count;
        self.count -= count;
        Some(value)
    }

    /// The next symbol's entry, and its value with extra bits.
    fn symbol(&mut self, table: &[u32], root: u32) -> Option<(u32, usize)> {
        self.refill()?;
        let mut entry = *table.get((self.bits & ((1 << root) - 1)) as usize)?;
        if entry & LINK == LINK {
            self.take(root)?;
            self.refill()?;
            let rest = self.bits & ((1 << (entry & TAKEN)) - 1);
            entry = *table.get(((entry >> VALUE_AT) + rest) as usize)?;
        }
        if entry & SPECIAL != 0 && entry & END != END {
            return None;
        }
        let extra = self.take(entry & TAKEN)? >> (entry >> CODE_AT & TAKEN);
        Some((entry, ((entry >> VALUE_AT) + extra) as usize))
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

    fn block(&mut self, tables: &Tables) -> Option<()> {
        loop {
            if quick::run(self, tables)? {
                return Some(());
            }
            let (entry, value) = self.symbol(&tables.literals, LITERAL_ROOT)?;
            if entry & LITERAL != 0 {
                if self.at >= self.end {
                    return None;
                }
                *self.memory.get_mut(self.at)? = value as u8;
                self.at += 1;
            } else if entry & END == END {
                return Some(());
            } else {
                let (_, distance) = self.symbol(&tables.distances, DISTANCE_ROOT)?;
                self.copy(value, distance)?;
            }
        }
    }

    fn dynamic_codes(&mut self, tables: &mut Tables) -> Option<()> {
        let literal_count = self.take(5)? as usize + 257;
        let distance_count = self.take(5)? as usize + 1;
        let length_count = self.take(4)? as usize + 4;
        let mut lengths = [0u8; 320];
        for place in LENGTH_ORDER.iter().take(length_count) {
            lengths[usize::from(*place)] = self.take(3)? as u8;
        }
        code::make(&mut tables.literals, LENGTHS_ROOT, &lengths[..19], code::length_entry)?;
        let total = literal_count + distance_count;
        let mut at = 0;
        while at < total {
            let (_, symbol) = self.symbol(&tables.literals, LENGTHS_ROOT)?;
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
        tables.make(lengths.get(..literal_count)?, lengths.get(literal_count..total)?)
    }
}

impl Tables {
    fn make(&mut self, literals: &[u8], distances: &[u8]) -> Option<()> {
        code::make(&mut self.literals, LITERAL_ROOT, literals, code::literal_entry)?;
        code::make(&mut self.distances, DISTANCE_ROOT, distances, code::distance_entry)
    }

    /// The codes of blocks that bring none of their own (3.2.6).
    fn make_fixed(&mut self) -> Option<()> {
        let mut lengths = [8u8; 288];
        lengths[144..256].fill(9);
        lengths[256..280].fill(7);
        self.make(&lengths, &[5; 30])
    }
}

/// Unpacks what begins at `input` to the first `length` bytes of `memory`. `None`: it is no such
/// stream, or of another length.
pub fn unpack(memory: &mut [u8], input: usize, length: usize) -> Option<()> {
    let mut decoder = Decoder { memory, input, at: 0, end: length, bits: 0, count: 0 };
    let mut tables = Tables::EMPTY;
    loop {
        let is_last = decoder.take(1)? == 1;
        match decoder.take(2)? {
            0 => decoder.stored()?,
            kind @ 1..=2 => {
                match kind {
                    1 => tables.make_fixed()?,
                    _ => decoder.dynamic_codes(&mut tables)?,
                }
                decoder.block(&tables)?;
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

    struct Random(u32);

    impl Random {
        fn below(&mut self, limit: usize) -> usize {
            self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (self.0 >> 8) as usize % limit
        }

        /// Lengths of a complete code for all symbols, up to 15 bits.
        fn lengths(&mut self, symbols: usize) -> Vec<u8> {
            let mut lengths = vec![0u8];
            while lengths.len() < symbols {
                let leaf = self.below(lengths.len().min(1 + self.0 as usize % 40));
                if lengths[leaf] < 15 {
                    lengths[leaf] += 1;
                    lengths.push(lengths[leaf]);
                }
            }
            lengths
        }
    }

    /// The bits of a symbol by its code, made from the lengths as RFC 1951 says (3.2.2).
    fn code_bits(lengths: &[u8], symbol: usize) -> Vec<u32> {
        let length = lengths[symbol];
        let shorter: u32 = (lengths.iter().filter(|other| **other < length))
            .map(|other| 1 << (length - other))
            .sum();
        let before = lengths[..symbol].iter().filter(|other| **other == length).count() as u32;
        (0..length).rev().map(|bit| (shorter + before) >> bit & 1).collect()
    }

    fn number_bits(value: usize, count: usize) -> Vec<u32> {
        (0..count).map(|bit| (value >> bit & 1) as u32).collect()
    }

    /// A block with codes of its own, and what it unpacks to.
    fn random_block(seed: u32) -> (Vec<u8>, Vec<u8>) {
        let mut random = Random(seed);
        let (literals, distances) = (random.lengths(286), random.lengths(30));
        let mut bits =
            [vec![1, 0, 1], number_bits(29, 5), number_bits(29, 5), number_bits(15, 4)].concat();
        // Codes of lengths: four bits each, but none for 16, 17 and 18.
        for place in LENGTH_ORDER {
            bits.extend(number_bits(if place < 16 { 4 } else { 0 }, 3));
        }
        for length in literals.iter().chain(&distances) {
            bits.extend(number_bits(usize::from(*length), 4).iter().rev());
        }
        let mut plain = vec![];
        while plain.len() < 3000 {
            if random.below(3) > 0 || plain.is_empty() {
                let byte = random.below(256);
                bits.extend(code_bits(&literals, byte));
                plain.push(byte as u8);
                continue;
            }
            let symbol = random.below(29);
            let (base, extra) = match symbol {
                0..8 => (symbol + 3, 0),
                8..28 => (((4 + symbol % 4) << (symbol / 4 - 1)) + 3, symbol / 4 - 1),
                _ => (258, 0),
            };
            let more = random.below((1 << extra).min(259 - base));
            let length = base + more;
            bits.extend(code_bits(&literals, 257 + symbol));
            bits.extend(number_bits(more, extra));
            let (symbol, base, extra) = loop {
                let symbol = random.below(30);
                let extra = (symbol / 2).saturating_sub(1);
                let base = if symbol < 4 { symbol + 1 } else { ((2 + symbol % 2) << extra) + 1 };
                if base <= plain.len() {
                    break (symbol, base, extra);
                }
            };
            let more = random.below((1 << extra).min(plain.len() + 1 - base));
            bits.extend(code_bits(&distances, symbol));
            bits.extend(number_bits(more, extra));
            for _ in 0..length {
                plain.push(plain[plain.len() - base - more]);
            }
        }
        bits.extend(code_bits(&literals, 256));
        let packed =
            bits.chunks(8).map(|byte| byte.iter().rev().fold(0, |value, bit| value << 1 | bit));
        (packed.map(|byte| byte as u8).collect(), plain)
    }

    #[test]
    fn codes_of_every_length_and_matches_of_every_distance() {
        for seed in 0..200 {
            let (packed, plain) = random_block(seed);
            assert!(inflate(&packed, plain.len()).as_deref() == Some(&plain[..]), "seed {seed}");
        }
    }

    #[test]
    fn unpacking_in_place_overwrites_nothing_that_is_still_to_be_read() {
        let (packed, plain) = random_block(7);
        // The whole stream then ends little behind what it unpacks to, too close for quick turns.
        for distance in plain.len() - packed.len() + 32..plain.len() {
            let mut memory = vec![0; distance];
            memory.extend(&packed);
            memory.extend([0; 8]);
            assert!(unpack(&mut memory, distance, plain.len()).is_some(), "distance {distance}");
            assert!(memory[..plain.len()] == plain, "distance {distance}");
        }
    }

    #[test]
    fn altered_and_truncated_streams_stay_inside_the_memory() {
        let (packed, plain) = random_block(3);
        let mut random = Random(1);
        for _ in 0..2000 {
            let mut altered = packed.clone();
            for _ in 0..1 + random.below(3) {
                let at = random.below(altered.len());
                altered[at] ^= 1 << random.below(8);
            }
            altered.truncate(altered.len() - random.below(2) * random.below(packed.len()));
            let _ = inflate(&altered, plain.len() - random.below(2) * random.below(400));
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
