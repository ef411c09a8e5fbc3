//! LZMA as in "LZMA specification" (Igor Pavlov, 2015), with lp = 0 and pb = 0, and without an end
//! marker. Of the header there is the first byte, the properties, which are lc then. Input and output
//! lie in one block of memory and may overlap: the builder saw to it that no byte is overwritten before
//! it was read.

use core::ops::Range;

/// Probabilities are of 11 bits and move by a 32nd of what is missing.
const PROBABILITY_BITS: u32 = 11;
const MOVE_BITS: u32 = 5;
const TOP: u32 = 1 << 24;

/// Where each model's probabilities begin.
const STATES: usize = 12;
const IS_MATCH: usize = 0;
const IS_REP: usize = IS_MATCH + STATES;
const IS_REP_G0: usize = IS_REP + STATES;
const IS_REP_G1: usize = IS_REP_G0 + STATES;
const IS_REP_G2: usize = IS_REP_G1 + STATES;
const IS_REP0_LONG: usize = IS_REP_G2 + STATES;
const POS_SLOT: usize = IS_REP0_LONG + STATES;
const POS_SPECIAL: usize = POS_SLOT + 4 * 64;
const ALIGN: usize = POS_SPECIAL + 115;
const MATCH_LENGTH: usize = ALIGN + 16;
const REP_LENGTH: usize = MATCH_LENGTH + LENGTH_MODELS;
const LITERAL: usize = REP_LENGTH + LENGTH_MODELS;
/// Literals depend on so many bits of the byte before, at most (lc).
const CONTEXT_BITS_MAX: u32 = 4;
const MODELS: usize = LITERAL + (0x300 << CONTEXT_BITS_MAX);

/// In a model of lengths: two choices, then trees of 3, 3 and 8 bits.
const LENGTH_LOW: usize = 2;
const LENGTH_MIDDLE: usize = LENGTH_LOW + 8;
const LENGTH_HIGH: usize = LENGTH_MIDDLE + 8;
const LENGTH_MODELS: usize = LENGTH_HIGH + 256;

struct Decoder<'a> {
    memory: &'a mut [u8],
    input: usize,
    range: u32,
    code: u32,
    models: &'a mut [u16; MODELS],
    /// Literals depend on the highest bits of the byte before: on all but so many.
    context_shift: u32,
}

/// Bytes behind the end are zeros, and so is a bit by a model that there is not: what is wrong with the
/// input shows in the end.
impl Decoder<'_> {
    fn next(&mut self) -> u32 {
        let byte = self.memory.get(self.input).copied().unwrap_or(0);
        self.input += 1;
        u32::from(byte)
    }

    fn normalize(&mut self) {
        if self.range < TOP {
            self.range <<= 8;
            self.code = self.code << 8 | self.next();
        }
    }

    #[inline(never)]
    fn bit(&mut self, model: usize) -> usize {
        self.normalize();
        let Some(probability) = self.models.get_mut(model) else { return 0 };
        let bound = (self.range >> PROBABILITY_BITS) * u32::from(*probability);
        if self.code < bound {
            self.range = bound;
            *probability += ((1 << PROBABILITY_BITS) - *probability) >> MOVE_BITS;
            0
        } else {
            self.range -= bound;
            self.code -= bound;
            *probability -= *probability >> MOVE_BITS;
            1
        }
    }

    fn direct(&mut self, count: usize) -> usize {
        let mut value = 0;
        for _ in 0..count {
            self.normalize();
            self.range >>= 1;
            let bit = self.code >= self.range;
            if bit {
                self.code -= self.range;
            }
            value = value << 1 | usize::from(bit);
        }
        value
    }

    #[inline(never)]
    fn tree(&mut self, models: usize, bits: usize) -> usize {
        let mut node = 1;
        while node >> bits == 0 {
            node = node << 1 | self.bit(models + node);
        }
        node - (1 << bits)
    }

    #[inline(never)]
    fn reverse_tree(&mut self, models: usize, bits: usize) -> usize {
        let (mut node, mut value) = (1, 0);
        for position in 0..bits {
            let bit = self.bit(models + node);
            node = node << 1 | bit;
            value |= bit << position;
        }
        value
    }

    /// A length, without the 2 that is the shortest.
    #[inline(never)]
    fn length(&mut self, models: usize) -> usize {
        if self.bit(models) == 0 {
            return self.tree(models + LENGTH_LOW - 1, 3);
        }
        if self.bit(models + 1) == 0 {
            return 8 + self.tree(models + LENGTH_MIDDLE - 1, 3);
        }
        16 + self.tree(models + LENGTH_HIGH - 1, 8)
    }

    /// A distance, counted from 0.
    fn distance(&mut self, length: usize) -> usize {
        let slot = self.tree(POS_SLOT + length.min(3) * 64, 6);
        if slot < 4 {
            return slot;
        }
        let bits = (slot >> 1) - 1;
        let base = (2 | slot & 1) << bits;
        if slot < 14 {
            return base + self.reverse_tree(POS_SPECIAL + base - slot, bits);
        }
        let high = self.direct(bits - 4);
        base + (high << 4) + self.reverse_tree(ALIGN, 4)
    }

    /// `matched` is what lies at the last distance, where the last symbol was a match.
    fn literal(&mut self, before: u8, matched: Option<u8>) -> u8 {
        let models = LITERAL + 0x300 * (usize::from(before) >> self.context_shift);
        let mut node = 1;
        if let Some(byte) = matched {
            let mut byte = usize::from(byte);
            while node < 0x100 {
                byte <<= 1;
                let expected = byte & 0x100;
                let bit = self.bit(models + 0x100 + expected + node);
                node = node << 1 | bit;
                if bit != expected >> 8 {
                    break;
                }
            }
        }
        while node < 0x100 {
            node = node << 1 | self.bit(models + node);
        }
        node as u8
    }
}

/// Unpacks what is in `packed` to the first `length` bytes of `memory`. `None`: it is no LZMA, or longer
/// than memory.
pub fn unpack(memory: &mut [u8], packed: Range<usize>, length: usize) -> Option<()> {
    let input = packed.start;
    let memory = memory.get_mut(..packed.end)?;
    // A local of its own: 26 KiB that are never moved, for the stack is small.
    let mut models = [1 << (PROBABILITY_BITS - 1); MODELS];
    let mut decoder =
        Decoder { memory, input, range: !0, code: 0, models: &mut models, context_shift: 0 };
    let context_bits = decoder.next();
    if context_bits > CONTEXT_BITS_MAX {
        return None;
    }
    decoder.context_shift = 8 - context_bits;
    decoder.next();
    for _ in 0..4 {
        decoder.code = decoder.code << 8 | decoder.next();
    }
    let mut state = 0;
    let mut reps = [0usize; 4];
    let mut at = 0;
    while at < length {
        if decoder.bit(IS_MATCH + state) == 0 {
            let before = if at == 0 { 0 } else { *decoder.memory.get(at - 1)? };
            let matched = match state < 7 {
                true => None,
                false => Some(*decoder.memory.get(at.checked_sub(reps[0] + 1)?)?),
            };
            let byte = decoder.literal(before, matched);
            *decoder.memory.get_mut(at)? = byte;
            at += 1;
            state = match state {
                0..4 => 0,
                4..10 => state - 3,
                _ => state - 6,
            };
            continue;
        }
        let was_literal = state < 7;
        let mut count = 1;
        if decoder.bit(IS_REP + state) == 0 {
            let length = decoder.length(MATCH_LENGTH);
            reps = [decoder.distance(length), reps[0], reps[1], reps[2]];
            state = if was_literal { 7 } else { 10 };
            count = length + 2;
        } else {
            let is_short = if decoder.bit(IS_REP_G0 + state) == 0 {
                decoder.bit(IS_REP0_LONG + state) == 0
            } else {
                let which = if decoder.bit(IS_REP_G1 + state) == 0 {
                    1
                } else {
                    2 + decoder.bit(IS_REP_G2 + state)
                };
                reps[..=which].rotate_right(1);
                false
            };
            if is_short {
                state = if was_literal { 9 } else { 11 };
            } else {
                count = decoder.length(REP_LENGTH) + 2;
                state = if was_literal { 8 } else { 11 };
            }
        }
        let from = at.checked_sub(reps[0] + 1)?;
        let end = at.checked_add(count).filter(|end| *end <= length)?;
        for (target, source) in (at..end).zip(from..) {
            *decoder.memory.get_mut(target)? = *decoder.memory.get(source)?;
        }
        at = end;
    }
    (decoder.input <= decoder.memory.len()).then_some(())
}
