//! The inner loop of inflate, without a check for each byte: it runs as long as whatever one turn may
//! read and write is inside of the memory.

use super::Decoder;
use super::code::{
    CODE_AT, DISTANCE_ROOT, END, LINK, LITERAL, LITERAL_ROOT, SPECIAL, TAKEN, Tables, VALUE_AT,
};

/// One turn writes a literal and a match of 258 bytes, and up to three bytes more: it copies words.
const WRITTEN_MAX: usize = 1 + 258 + 3;
/// One turn takes four times up to three bytes, and reads a word where it is then.
const READ_MAX: usize = 4 * 3 + 4;

/// Where the stream is: as `Decoder`, with addresses.
struct Stream {
    input: *const u8,
    bits: u32,
    /// Only its lower five bits count.
    count: u32,
}

impl Stream {
    /// Sees to at least 24 bits.
    ///
    /// # Safety
    /// Four bytes can be read at `input`.
    #[inline(always)]
    unsafe fn refill(&mut self) {
        // SAFETY: the caller's promise; afterwards `input` is at most three bytes further.
        unsafe {
            let word = u32::from_le(self.input.cast::<u32>().read_unaligned());
            self.bits |= word.wrapping_shl(self.count);
            self.input = self.input.add((!self.count >> 3 & 3) as usize);
        }
        self.count |= 24;
    }

    #[inline(always)]
    fn drop(&mut self, entry: u32) {
        self.bits = self.bits.wrapping_shr(entry);
        self.count = self.count.wrapping_sub(entry);
    }

    /// The value of a symbol with its extra bits.
    #[inline(always)]
    fn value(&mut self, entry: u32) -> usize {
        let bits = self.bits & !(!0u32).wrapping_shl(entry);
        self.drop(entry);
        ((entry >> VALUE_AT) + bits.wrapping_shr(entry >> CODE_AT)) as usize
    }

    /// Where in the tables the rest of a code is.
    #[inline(always)]
    fn follow(&mut self, link: u32) -> usize {
        self.drop(link >> CODE_AT & TAKEN);
        ((link >> VALUE_AT) + (self.bits & !(!0u32).wrapping_shl(link))) as usize
    }
}

/// Unpacks symbols of a block while there is room to be quick. `true`: the block is at its end.
pub fn run(decoder: &mut Decoder, tables: &Tables) -> Option<bool> {
    loop {
        let length = decoder.memory.len();
        // What is written in a turn must not reach what is not read yet.
        let room = decoder.end.min(decoder.input).min(length).checked_sub(WRITTEN_MAX);
        let last_read = length.checked_sub(READ_MAX);
        let (Some(room), Some(last_read)) = (room, last_read) else { return Some(false) };
        if decoder.at >= room || decoder.input > last_read {
            return Some(false);
        }
        // SAFETY: `room` and `last_read` are so far from the end that a turn which begins before
        // them stays in the memory.
        if unsafe { turns(decoder, tables, room, last_read) }? {
            return Some(true);
        }
    }
}

/// # Safety
/// Behind `room` lie `WRITTEN_MAX` bytes of the memory, and behind `last_read` `READ_MAX` bytes.
#[inline(never)]
unsafe fn turns(
    decoder: &mut Decoder,
    tables: &Tables,
    room: usize,
    last_read: usize,
) -> Option<bool> {
    let start = decoder.memory.as_mut_ptr();
    // SAFETY: both are offsets in the memory.
    let (room, last_read) = unsafe { (start.add(room), start.add(last_read).cast_const()) };
    // SAFETY: as is this, where the decoder is.
    let mut out = unsafe { start.add(decoder.at) };
    let mut stream = Stream {
        // SAFETY: and this.
        input: unsafe { start.add(decoder.input) },
        bits: decoder.bits,
        count: decoder.count,
    };
    let mut is_end = false;
    while out < room && stream.input <= last_read {
        // SAFETY: a turn refills four times at most, which `last_read` leaves bytes for, and writes
        // a literal and a match, which `room` leaves bytes for. Roots of the tables are whole, so an
        // index of so many bits is inside; one from a link is looked up with a check. A match begins
        // behind `start`.
        unsafe {
            stream.refill();
            let root = (stream.bits & ((1 << LITERAL_ROOT) - 1)) as usize;
            let mut entry = *tables.literals.get_unchecked(root);
            if entry & LITERAL != 0 {
                stream.drop(entry);
                out.write((entry >> VALUE_AT) as u8);
                out = out.add(1);
                let root = (stream.bits & ((1 << LITERAL_ROOT) - 1)) as usize;
                entry = *tables.literals.get_unchecked(root);
                if entry & LITERAL != 0 {
                    stream.drop(entry);
                    out.write((entry >> VALUE_AT) as u8);
                    out = out.add(1);
                    continue;
                }
                stream.refill();
            }
            if entry & SPECIAL != 0 {
                if entry & LINK == LINK {
                    entry = *tables.literals.get(stream.follow(entry))?;
                    if entry & LITERAL != 0 {
                        stream.drop(entry);
                        out.write((entry >> VALUE_AT) as u8);
                        out = out.add(1);
                        continue;
                    }
                }
                if entry & END == END {
                    stream.drop(entry);
                    is_end = true;
                    break;
                }
                if entry & SPECIAL != 0 {
                    return None;
                }
            }
            let length = stream.value(entry);
            stream.refill();
            let root = (stream.bits & ((1 << DISTANCE_ROOT) - 1)) as usize;
            let mut entry = *tables.distances.get_unchecked(root);
            if entry & SPECIAL != 0 {
                if entry & LINK != LINK {
                    return None;
                }
                entry = *tables.distances.get(stream.follow(entry))?;
                if entry & SPECIAL != 0 {
                    return None;
                }
                stream.refill();
            }
            let distance = stream.value(entry);
            if distance > out as usize - start as usize {
                return None;
            }
            copy(out, distance, length);
            out = out.add(length);
        }
    }
    decoder.at = out as usize - start as usize;
    decoder.input = stream.input as usize - start as usize;
    decoder.bits = stream.bits;
    decoder.count = stream.count & 31;
    Some(is_end)
}

/// # Safety
/// `distance` bytes before `out`, and `length` and three more behind it, are the caller's memory.
#[inline(always)]
unsafe fn copy(mut out: *mut u8, distance: usize, length: usize) {
    // SAFETY: the caller's promise: whole words are written, so up to three bytes more.
    unsafe {
        let end = out.add(length);
        let mut from = out.cast_const().wrapping_sub(distance);
        if distance >= 4 {
            while out < end {
                out.cast::<u32>().write_unaligned(from.cast::<u32>().read_unaligned());
                (out, from) = (out.add(4), from.add(4));
            }
        } else if distance == 1 {
            let word = u32::from(*from) * 0x0101_0101;
            while out < end {
                out.cast::<u32>().write_unaligned(word);
                out = out.add(4);
            }
        } else {
            while out < end {
                *out = *from;
                (out, from) = (out.add(1), from.add(1));
            }
        }
    }
}
