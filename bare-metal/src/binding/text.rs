//! UTF-8 and comparison, which an interpreter is slow at. What is not well-formed is left to the
//! portable version, which knows how to replace it.

use super::{bytes, part, slice};
use crate::engine::{Answer, Bytes, Call, Outcome};

/// `encodeInto(text, target)`: how many bytes were written, or -1 where the text does not fit or has a
/// surrogate without its other half.
pub(super) fn encode_into<C: Call>(call: &C) -> Outcome {
    let target = bytes(call, 1)?;
    // SAFETY: the only view; the engine copies the text into it and runs no JavaScript.
    let written = call.text(0, unsafe { slice(target) }).map(str::len);
    Ok(Answer::Number(written.map_or(-1.0, |length| length as f64)))
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
