//! The sequences of a block (RFC 8878, 3.1.1.3.2): each is a run of literals, and a match of earlier bytes.

use super::bits::Bits;
use super::fse::{self, Counts};
use super::{BLOCK_BYTES_MAX, Input, SCRATCH_BYTES, SLOP};

/// Bits of the largest tables.
const LENGTH_BITS_MAX: u32 = 9;
const OFFSET_BITS_MAX: u32 = 8;

/// The predefined distributions (3.1.1.3.2.2).
const LITERAL_COUNTS: [i8; 36] = [
    4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1,
    -1, -1, -1, -1,
];
const MATCH_COUNTS: [i8; 53] = [
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1,
];
const OFFSET_COUNTS: [i8; 29] =
    [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1];

/// What the symbols of a code add to their entries: so many have no extra bits, the others those.
const fn length_symbols<const N: usize>(first: u64, plain: usize, extra: &[u8]) -> [u64; N] {
    let (mut symbols, mut value, mut symbol) = ([0; N], first, 0);
    while symbol < N {
        let bits = if symbol < plain { 0 } else { extra[symbol - plain] };
        symbols[symbol] = fse::symbol_entry(value, bits as u64);
        value += 1 << bits;
        symbol += 1;
    }
    symbols
}

static LITERAL_SYMBOLS: [u64; 36] =
    length_symbols(0, 16, &[1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
static MATCH_SYMBOLS: [u64; 53] =
    length_symbols(3, 32, &[1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
/// The value is 1, in front of as many bits as the symbol says. Distances below 2^30 are far enough:
/// so many bits, and those of the next states, are there at once.
static OFFSET_SYMBOLS: [u64; 31] = {
    let (mut symbols, mut code) = ([0; 31], 0);
    while code < 31 {
        symbols[code] = fse::symbol_entry(1, code as u64);
        code += 1;
    }
    symbols
};

/// A code's table. Entries behind the first `1 << bits` are never reached.
struct Table<const ENTRIES: usize> {
    entries: [u64; ENTRIES],
    /// `None`: there was no table yet.
    bits: Option<u32>,
}

/// Reads a table (3.1.1.3.2.1), or keeps it. Returns its bits.
#[inline(never)]
fn read_table(
    table: &mut [u64],
    old: Option<u32>,
    memory: &[u8],
    input: &mut Input,
    mode: usize,
    symbols: &[u64],
    predefined: (&[i8], u32),
) -> Option<u32> {
    let counts = match mode {
        0 => Counts::new(predefined.0, predefined.1),
        1 => {
            table[0] = *symbols.get(input.number(memory, 1)?)?;
            return Some(0);
        }
        2 => Counts::read(memory, input, table.len().trailing_zeros())?,
        _ => return old,
    };
    counts.make(table, symbols)?;
    Some(counts.bits)
}

impl<const ENTRIES: usize> Table<ENTRIES> {
    const EMPTY: Self = Self { entries: [0; ENTRIES], bits: None };

    /// # Safety
    /// `state` is one of the table.
    #[inline(always)]
    unsafe fn entry(&self, state: usize) -> u64 {
        // SAFETY: the caller's promise.
        unsafe { *self.entries.get_unchecked(state) }
    }
}

/// The three codes, which blocks inherit.
pub struct Codes {
    literals: Table<{ 1 << LENGTH_BITS_MAX }>,
    offsets: Table<{ 1 << OFFSET_BITS_MAX }>,
    matches: Table<{ 1 << LENGTH_BITS_MAX }>,
}

/// Where a block is written, and its literals.
pub struct Output<'a> {
    pub memory: &'a mut [u8],
    pub at: usize,
    /// At most so many bytes are written; behind them are `SLOP` or more.
    pub end: usize,
    pub literals: &'a [u8; SCRATCH_BYTES],
    /// The last three distances of matches.
    pub distances: [usize; 3],
    pub literal_at: usize,
    pub literal_count: usize,
}

impl Output<'_> {
    /// The literals behind the last sequence.
    pub fn rest(&mut self) -> Option<()> {
        let rest = self.literals.get(self.literal_at..self.literal_count)?;
        let end = self.at + rest.len();
        if end > self.end {
            return None;
        }
        self.memory.get_mut(self.at..end)?.copy_from_slice(rest);
        self.at = end;
        Some(())
    }
}

impl Codes {
    pub const EMPTY: Codes =
        Codes { literals: Table::EMPTY, offsets: Table::EMPTY, matches: Table::EMPTY };

    /// Reads the tables of a block.
    pub fn read(&mut self, memory: &[u8], input: &mut Input) -> Option<()> {
        let modes = input.number(memory, 1)?;
        let mut read =
            |table: &mut [u64], bits: &mut Option<u32>, shift: u32, symbols: &[u64], predefined| {
                let mode = modes >> shift & 3;
                *bits = Some(read_table(table, *bits, memory, input, mode, symbols, predefined)?);
                Some(())
            };
        let table = &mut self.literals;
        read(&mut table.entries, &mut table.bits, 6, &LITERAL_SYMBOLS, (&LITERAL_COUNTS, 6))?;
        let table = &mut self.offsets;
        read(&mut table.entries, &mut table.bits, 4, &OFFSET_SYMBOLS, (&OFFSET_COUNTS, 5))?;
        let table = &mut self.matches;
        read(&mut table.entries, &mut table.bits, 2, &MATCH_SYMBOLS, (&MATCH_COUNTS, 6))
    }

    /// Unpacks so many sequences, one or more.
    pub fn unpack(&self, output: &mut Output, input: &Input, count: usize) -> Option<()> {
        if output.end.checked_add(SLOP)? > output.memory.len() || input.end > output.memory.len() {
            return None;
        }
        let start = output.memory.as_mut_ptr();
        // SAFETY: the input is in the memory, as was just compared.
        let mut bits = unsafe { Bits::new(start, input) }?;
        let mut length = bits.take(self.literals.bits?);
        let mut offset = bits.take(self.offsets.bits?);
        let mut matched = bits.take(self.matches.bits?);
        let [mut first, mut second, mut third] = output.distances;
        let (mut at, end) = (output.at, output.end);
        let (mut literal_at, literal_end) = (output.literal_at, output.literal_count);
        let literals_start = output.literals.as_ptr();
        if literal_end > BLOCK_BYTES_MAX {
            return None;
        }
        for left in (0..count).rev() {
            bits.refill()?;
            // SAFETY: states were read with as many bits as their tables have, or lead from one entry
            // to another of the same table, as `Counts::make` made them.
            let entries = unsafe {
                (
                    self.literals.entry(length),
                    self.offsets.entry(offset),
                    self.matches.entry(matched),
                )
            };
            // At most 30 bits, and 26 for the next states.
            let value = bits.append(1, fse::extra_bits(entries.1));
            let mut literals = fse::value(entries.0);
            let mut bytes = fse::value(entries.2);
            if fse::extra_bits(entries.0 | entries.2) != 0 {
                bits.refill()?;
                bytes += bits.take(fse::extra_bits(entries.2));
                literals += bits.take(fse::extra_bits(entries.0));
                bits.refill()?;
            }
            if value > 3 {
                (first, second, third) = (value - 3, first, second);
            } else {
                match value - usize::from(literals != 0) {
                    0 => {}
                    1 => (first, second) = (second, first),
                    2 => (first, second, third) = (third, first, second),
                    _ => (first, second, third) = (first - 1, first, second),
                }
            }
            let (literals_from, from) = (literal_at, at + literals);
            (literal_at, at) = (literal_at + literals, from + bytes);
            if literal_at > literal_end || at > end || first.wrapping_sub(1) >= from {
                return None;
            }
            // SAFETY: the literals end in their memory, and the match begins and ends in the output's;
            // behind both are `SLOP` bytes.
            unsafe {
                copy(literals_start.add(literals_from), start.add(from).sub(literals), literals);
                copy_match(start.add(from), first, bytes);
            }
            if left == 0 {
                break;
            }
            let next = |bits: &mut Bits, entry| {
                let (before, taken) = fse::next_state(entry);
                bits.append(before, taken)
            };
            length = next(&mut bits, entries.0);
            matched = next(&mut bits, entries.2);
            offset = next(&mut bits, entries.1);
        }
        output.distances = [first, second, third];
        (output.at, output.literal_at) = (at, literal_at);
        (bits.left() == 0).then_some(())
    }
}

/// # Safety
/// So many bytes, and `SLOP` more, can be read and written; `to` is not less than `SLOP` behind `from`.
#[inline(always)]
unsafe fn copy(mut from: *const u8, mut to: *mut u8, bytes: usize) {
    // SAFETY: the caller's promise.
    unsafe { copy_slop(from, to) };
    if bytes > SLOP {
        let end = to.wrapping_add(bytes);
        (from, to) = (from.wrapping_add(SLOP), to.wrapping_add(SLOP));
        while to < end {
            // SAFETY: the caller's promise: the end is at most `SLOP` bytes behind.
            unsafe { copy_slop(from, to) };
            (from, to) = (from.wrapping_add(SLOP), to.wrapping_add(SLOP));
        }
    }
}

/// # Safety
/// `SLOP` bytes can be read and written.
#[inline(always)]
unsafe fn copy_slop(from: *const u8, to: *mut u8) {
    // SAFETY: the caller's promise; all is read before anything is written.
    unsafe {
        to.cast::<[u8; SLOP]>().write_unaligned(from.cast::<[u8; SLOP]>().read_unaligned());
    }
}

/// # Safety
/// So many bytes, and `SLOP` more, can be written at `to`, and `distance` bytes lie before it.
#[inline(always)]
unsafe fn copy_match(mut to: *mut u8, distance: usize, bytes: usize) {
    let mut from = to.wrapping_sub(distance).cast_const();
    if distance >= SLOP {
        // SAFETY: the caller's promise.
        unsafe { copy(from, to, bytes) };
        return;
    }
    let end = to.wrapping_add(bytes);
    while to < end {
        // SAFETY: the caller's promise.
        unsafe { *to = *from };
        (from, to) = (from.wrapping_add(1), to.wrapping_add(1));
    }
}
