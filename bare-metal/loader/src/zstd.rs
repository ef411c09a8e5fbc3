//! Zstandard (RFC 8878): one frame without a dictionary and without a checksum. Input and output lie in
//! one block of memory and may overlap: the builder saw to it that no byte is overwritten before it
//! was read. A block's literals are unpacked behind the input at first.
//!
//! Whatever the bytes are, nothing outside of the memory is read or written, and it comes to an end.

mod bits;
mod fse;
mod huffman;
mod sequences;

use core::ops::Range;
use sequences::{Codes, Output};

const MAGIC: u32 = 0xfd2f_b528;
/// Bytes that a block unpacks to, at most (3.1.1.2.4), and so of its literals.
const BLOCK_BYTES_MAX: usize = 1 << 17;
/// Copies go on to the end of sixteen bytes.
const SLOP: usize = 16;
/// Memory behind the input.
pub const SCRATCH_BYTES: usize = BLOCK_BYTES_MAX + SLOP;

/// What is read byte by byte, from its start to its end.
struct Input {
    at: usize,
    end: usize,
}

impl Input {
    /// An unsigned number of `bytes` bytes, little-endian.
    #[inline(never)]
    fn number(&mut self, memory: &[u8], bytes: usize) -> Option<usize> {
        let next = self.at + bytes;
        if next > self.end {
            return None;
        }
        let value = (memory.get(self.at..next)?.iter().rev())
            .fold(0, |value, byte| value << 8 | usize::from(*byte));
        self.at = next;
        Some(value)
    }

    /// Passes over so many bytes. Returns where they begin.
    #[inline(never)]
    fn pass(&mut self, bytes: usize) -> Option<usize> {
        let start = self.at;
        let next = start.checked_add(bytes)?;
        if next > self.end {
            return None;
        }
        self.at = next;
        Some(start)
    }
}

struct Decoder<'a> {
    /// From where the output begins to the end of the input.
    memory: &'a mut [u8],
    literals: &'a mut [u8; SCRATCH_BYTES],
    huffman: huffman::Table,
    codes: Codes,
    /// The last three distances of matches, which blocks inherit.
    distances: [usize; 3],
    at: usize,
    length: usize,
}

impl Decoder<'_> {
    /// Writes what a block says as it is.
    fn copy(&mut self, from: usize, count: usize) -> Option<()> {
        let end = self.at.checked_add(count)?;
        if end > self.length || end > self.memory.len() || from + count > self.memory.len() {
            return None;
        }
        self.memory.copy_within(from..from + count, self.at);
        self.at = end;
        Some(())
    }

    /// Unpacks the literals of a block (3.1.1.3.1). Returns how many there are.
    fn unpack_literals(&mut self, input: &mut Input) -> Option<usize> {
        let first = usize::from(*self.memory.get(input.at)?);
        let (kind, format) = (first & 3, first >> 2 & 3);
        if kind < 2 {
            let (bytes, shift) = [(1, 3), (2, 4), (1, 3), (3, 4)][format];
            let count = input.number(self.memory, bytes)? >> shift;
            let target = self.literals.get_mut(..count)?;
            if kind == 1 {
                target.fill(input.number(self.memory, 1)? as u8);
            } else {
                let from = input.pass(count)?;
                target.copy_from_slice(self.memory.get(from..from + count)?);
            }
            return Some(count);
        }
        let (bytes, width) = [(3, 10), (3, 10), (4, 14), (5, 18)][format];
        let header = input.number(self.memory, bytes)? >> 4;
        let count = header & ((1 << width) - 1);
        let target = self.literals.get_mut(..count)?;
        let start = input.pass(header >> width)?;
        let mut packed = Input { at: start, end: input.at };
        if kind == 2 {
            self.huffman.read(self.memory, &mut packed)?;
        }
        if format == 0 {
            self.huffman.unpack(self.memory, &packed, target)?;
            return Some(count);
        }
        let mut lengths = [0; 4];
        for length in &mut lengths[..3] {
            *length = packed.number(self.memory, 2)?;
        }
        lengths[3] = (packed.end - packed.at).checked_sub(lengths.iter().sum())?;
        let quarter = count.div_ceil(4);
        let mut rest = target;
        for length in lengths {
            let at = packed.pass(length)?;
            let (now, later) = rest.split_at_mut_checked(quarter.min(rest.len()))?;
            self.huffman.unpack(self.memory, &Input { at, end: packed.at }, now)?;
            rest = later;
        }
        Some(count)
    }

    /// A block that is packed (3.1.1.3).
    fn block(&mut self, input: &mut Input) -> Option<()> {
        let literal_count = self.unpack_literals(input)?;
        let count = match input.number(self.memory, 1)? {
            first @ 0..128 => first,
            255 => input.number(self.memory, 2)? + 0x7f00,
            first => (first - 128) << 8 | input.number(self.memory, 1)?,
        };
        let mut output = Output {
            memory: self.memory,
            at: self.at,
            end: self.length,
            literals: self.literals,
            distances: self.distances,
            literal_at: 0,
            literal_count,
        };
        if count > 0 {
            self.codes.read(output.memory, input)?;
            self.codes.unpack(&mut output, input, count)?;
        }
        output.rest()?;
        (self.at, self.distances) = (output.at, output.distances);
        Some(())
    }

    fn frame(&mut self, input: &mut Input) -> Option<()> {
        if input.number(self.memory, 4)? != MAGIC as usize {
            return None;
        }
        let descriptor = input.number(self.memory, 1)?;
        if descriptor & 0x0f != 0 {
            return None;
        }
        let is_single = descriptor >> 5 & 1;
        let size_bytes = [is_single, 2, 4, 8][descriptor >> 6];
        input.pass(size_bytes + 1 - is_single)?;
        loop {
            let header = input.number(self.memory, 3)?;
            let bytes = header >> 3;
            match header >> 1 & 3 {
                0 => {
                    let from = input.pass(bytes)?;
                    self.copy(from, bytes)?;
                }
                1 => {
                    let value = input.number(self.memory, 1)? as u8;
                    let end = self.at + bytes;
                    if end > self.length {
                        return None;
                    }
                    self.memory.get_mut(self.at..end)?.fill(value);
                    self.at = end;
                }
                2 => {
                    let at = input.pass(bytes)?;
                    self.block(&mut Input { at, end: input.at })?;
                }
                _ => return None,
            }
            if header & 1 == 1 {
                return (self.at == self.length).then_some(());
            }
        }
    }
}

/// Unpacks what is in `packed` to the first `length` bytes of `memory`, which has `SCRATCH_BYTES` more
/// behind that. `None`: it is no such frame, or of another length.
pub fn unpack(memory: &mut [u8], packed: Range<usize>, length: usize) -> Option<()> {
    let (memory, scratch) = memory.split_at_mut_checked(packed.end)?;
    let scratch = scratch.first_chunk_mut()?;
    let mut input = Input { at: packed.start, end: packed.end };
    let (huffman, codes) = (huffman::Table::EMPTY, Codes::EMPTY);
    let distances = [1, 4, 8];
    let mut decoder =
        Decoder { memory, literals: scratch, huffman, codes, distances, at: 0, length };
    decoder.frame(&mut input)
}

#[cfg(test)]
mod tests;
