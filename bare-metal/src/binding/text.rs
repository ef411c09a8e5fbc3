//! UTF-8, Latin-1 and comparison, which an interpreter is slow at. What is not well-formed is left to
//! the portable version, which knows how to replace it.

use super::{bytes, part, slice};
use crate::engine::{Answer, Bytes, Call, Outcome, Thrown};

/// `encodeInto(text, target, offset)`: how many bytes were written from `offset` on, or -1 where the
/// text does not fit or has a surrogate without its other half.
pub(super) fn encode_into<C: Call>(call: &C) -> Outcome {
    let target = rest(call, 1, 2)?;
    // SAFETY: the only view; the engine copies the text into it and runs no JavaScript.
    let written = call.text(0, unsafe { slice(target) }).map(str::len);
    Ok(written_or_less(written))
}

/// `encodeLatin1(text, target, offset)`: as `encodeInto`, one byte for each character; -1 also where
/// one is beyond U+00FF.
pub(super) fn encode_latin1<C: Call>(call: &C) -> Outcome {
    let target = rest(call, 1, 2)?;
    // SAFETY: as in `encode_into`.
    Ok(written_or_less(call.latin1(0, unsafe { slice(target) })))
}

/// `utf8Length(text)`: the bytes that `encodeInto` would write, or -1 for half a surrogate pair.
pub(super) fn utf8_length<C: Call>(call: &C) -> Outcome {
    Ok(written_or_less(call.utf8_length(0)))
}

/// The array at `index` from the offset at `offset_index` on.
fn rest<C: Call>(call: &C, index: usize, offset_index: usize) -> Result<Bytes, Thrown> {
    let array = bytes(call, index)?;
    let offset = call.integer(offset_index, array.length as u64)? as usize;
    // SAFETY: the offset is within the array, or at its end.
    Ok(Bytes { start: unsafe { array.start.add(offset) }, length: array.length - offset })
}

fn written_or_less(written: Option<usize>) -> Answer {
    written.map_or(Answer::Number(-1.0), |length| Answer::from(length as u32))
}

/// `decodeLatin1(source, offset, length)`: the string whose characters are these bytes.
pub(super) fn decode_latin1<C: Call>(call: &C) -> Outcome {
    let length = call.integer(2, u64::from(u32::MAX))? as usize;
    Ok(Answer::Latin1(Bytes { start: part(call, 0, 1, length)?, length }))
}

/// `decode(source, offset, length)`: the string, or `undefined` where it is not well-formed.
pub(super) fn decode<C: Call>(call: &C) -> Outcome {
    let length = call.integer(2, u64::from(u32::MAX))? as usize;
    let source = Bytes { start: part(call, 0, 1, length)?, length };
    // SAFETY: the range was checked, and nothing else looks at it meanwhile.
    match core::str::from_utf8(unsafe { slice(source) }) {
        Ok(_) => Ok(Answer::Utf8(source)),
        Err(_) => Ok(Answer::Nothing),
    }
}

/// `compare(left, leftOffset, right, rightOffset, length)`: -1, 0 or 1, byte by byte.
pub(super) fn compare<C: Call>(call: &C) -> Outcome {
    let length = call.integer(4, u64::from(u32::MAX))? as usize;
    let (left, right) = (part(call, 0, 1, length)?, part(call, 2, 3, length)?);
    if length == 0 {
        return Ok(Answer::Number(0.0));
    }
    // SAFETY: both ranges were checked; they are only read, so that they may overlap.
    let order = unsafe {
        let left = core::slice::from_raw_parts(left.cast_const(), length);
        left.cmp(core::slice::from_raw_parts(right.cast_const(), length))
    };
    Ok(Answer::Number(f64::from(order as i8)))
}

/// `span(bytes, start, end, table)`: where the first byte from `start` on lies whose entry in `table`
/// is not 1; or `end`.
pub(super) fn span<C: Call>(call: &C) -> Outcome {
    let table = bytes(call, 3)?;
    if table.length != 256 {
        return Err(Thrown::Range("a table has 256 entries"));
    }
    let array = bytes(call, 0)?;
    let end = call.integer(2, array.length as u64)? as usize;
    let start = call.integer(1, end as u64)? as usize;
    // SAFETY: both ranges were checked; they are only read, so that they may overlap.
    let (table, range) = unsafe {
        (
            core::slice::from_raw_parts(table.start.cast_const(), table.length),
            core::slice::from_raw_parts(array.start.cast_const().add(start), end - start),
        )
    };
    let length = range.iter().position(|byte| table[usize::from(*byte)] != 1);
    Ok(Answer::from((start + length.unwrap_or(range.len())) as u32))
}
