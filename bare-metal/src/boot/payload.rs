//! The payload that a loader places beside the kernel: the application's JavaScript, with a
//! checksum, so that a truncated or altered image is refused (`SPEC.md`).

use crate::checksum::crc32;
use core::ffi::CStr;
use core::fmt;

/// Bytes before the source: magic, length, checksum.
pub const HEADER_BYTES: usize = 16;
/// The first eight bytes of every payload.
pub const MAGIC: &[u8; 8] = b"libosJS1";
/// The first eight bytes of a payload with bytecode in place of source.
pub const BYTECODE_MAGIC: &[u8; 8] = b"libosBC1";
/// The first eight bytes of the attachment that may follow the source.
pub const ATTACHMENT_MAGIC: &[u8; 8] = b"libosFS1";
/// The attachment begins at a multiple of this.
const ATTACHMENT_ALIGNMENT: usize = 8;

/// What the engine evaluates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Program<'a> {
    /// An ECMAScript module.
    Source(&'a CStr),
    /// The same, compiled for exactly this engine. It is trusted as the kernel itself is.
    Bytecode(&'a [u8]),
}

/// Why a payload was refused.
#[derive(Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Shorter than a header, or another first eight bytes.
    NotAPayload,
    /// The header promises more bytes than there are.
    Truncated {
        /// Bytes of source that the header promises.
        promised: usize,
        /// Bytes that follow the header.
        found: usize,
    },
    /// The source does not have the checksum of the header.
    Altered,
    /// No NUL follows the source, or one lies in it: the engine would read past its end.
    NotTerminated,
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::NotAPayload => write!(out, "it does not begin like a libos payload"),
            Refusal::Truncated { promised, found } => {
                write!(out, "it is truncated: {found} of {promised} bytes are there")
            }
            Refusal::Altered => write!(out, "its checksum is wrong: it was altered"),
            Refusal::NotTerminated => write!(out, "its source has no single NUL at its end"),
        }
    }
}

/// What is done about checksums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Checksums {
    /// They are compared.
    Compare,
    /// The image's loader compared one of the whole image a moment ago.
    Compared,
}

impl Checksums {
    fn refuse(self, bytes: &[u8], expected: u32) -> bool {
        self == Checksums::Compare && crc32(bytes) != expected
    }
}

/// Checks a payload.
pub fn check(bytes: &[u8], sums: Checksums) -> Result<Program<'_>, Refusal> {
    let Some((header, body)) = bytes.split_at_checked(HEADER_BYTES) else {
        return Err(Refusal::NotAPayload);
    };
    let is_bytecode = &header[..8] == BYTECODE_MAGIC;
    if &header[..8] != MAGIC && !is_bytecode {
        return Err(Refusal::NotAPayload);
    }
    let word = |at: usize| {
        u32::from_le_bytes([header[at], header[at + 1], header[at + 2], header[at + 3]])
    };
    let length = word(8) as usize;
    let Some(source) = body.get(..length) else {
        return Err(Refusal::Truncated { promised: length, found: body.len() });
    };
    if sums.refuse(source, word(12)) {
        return Err(Refusal::Altered);
    }
    if is_bytecode {
        return Ok(Program::Bytecode(source));
    }
    let source = CStr::from_bytes_with_nul(source).map_err(|_| Refusal::NotTerminated)?;
    Ok(Program::Source(source))
}

/// Checks what follows the source of a payload that `check` accepted.
///
/// Returns the attachment's bytes, which are empty where something else follows.
pub fn attachment(bytes: &[u8], sums: Checksums) -> Result<&[u8], Refusal> {
    let word = |at: usize| -> Option<usize> {
        Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?) as usize)
    };
    let source_length = word(8).ok_or(Refusal::NotAPayload)?;
    let at = (HEADER_BYTES + source_length).next_multiple_of(ATTACHMENT_ALIGNMENT);
    if bytes.get(at..at + 8) != Some(ATTACHMENT_MAGIC) {
        return Ok(&[]);
    }
    let body = bytes.get(at + HEADER_BYTES..).unwrap_or_default();
    let promised = word(at + 8).unwrap_or(usize::MAX);
    let Some(attachment) = body.get(..promised) else {
        return Err(Refusal::Truncated { promised, found: body.len() });
    };
    match word(at + 12) {
        Some(sum) if !sums.refuse(attachment, sum as u32) => Ok(attachment),
        _ => Err(Refusal::Altered),
    }
}

#[cfg(test)]
mod tests {
    use super::{ATTACHMENT_MAGIC, BYTECODE_MAGIC, Checksums, MAGIC, Program, Refusal, crc32};

    /// As for a payload that the machine's loader brought.
    fn check(bytes: &[u8]) -> Result<Program<'_>, Refusal> {
        super::check(bytes, Checksums::Compare)
    }

    fn attachment(bytes: &[u8]) -> Result<&[u8], Refusal> {
        super::attachment(bytes, Checksums::Compare)
    }

    fn payload(source: &[u8]) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.extend((source.len() as u32).to_le_bytes());
        bytes.extend(crc32(source).to_le_bytes());
        bytes.extend(source);
        bytes
    }

    #[test]
    fn a_good_payload_gives_its_source_and_padding_is_ignored() {
        let mut bytes = payload(b"1 + 1\0");
        assert_eq!(check(&bytes), Ok(Program::Source(c"1 + 1")));
        bytes.extend([0; 100]);
        assert_eq!(check(&bytes), Ok(Program::Source(c"1 + 1")));
    }

    #[test]
    fn bytecode_may_hold_any_byte() {
        let mut bytes = payload(&[0, 1, 0, 255]);
        assert_eq!(check(&bytes), Err(Refusal::NotTerminated));
        bytes[..8].copy_from_slice(BYTECODE_MAGIC);
        assert_eq!(check(&bytes), Ok(Program::Bytecode(&[0, 1, 0, 255])));
    }

    #[test]
    fn every_single_changed_byte_is_noticed() {
        let good = payload(b"console.log(1)\0");
        for at in 0..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            assert!(check(&bad).is_err(), "byte {at}");
        }
    }

    #[test]
    fn every_truncation_is_noticed() {
        let good = payload(b"console.log(1)\0");
        for length in 0..good.len() {
            assert!(check(&good[..length]).is_err(), "length {length}");
        }
    }

    #[test]
    fn checksums_that_were_compared_are_not_compared_again() {
        let mut bytes = payload(b"1 + 1\0");
        bytes[12] ^= 1;
        assert_eq!(check(&bytes), Err(Refusal::Altered));
        let program = super::check(&bytes, Checksums::Compared);
        assert_eq!(program, Ok(Program::Source(c"1 + 1")));
        assert!(super::check(&bytes[..18], Checksums::Compared).is_err(), "truncated");
    }

    #[test]
    fn a_source_without_its_nul_is_refused() {
        assert_eq!(check(&payload(b"1")), Err(Refusal::NotTerminated));
        assert_eq!(check(&payload(b"1\0 2\0")), Err(Refusal::NotTerminated));
        assert_eq!(check(&payload(b"")), Err(Refusal::NotTerminated));
    }

    fn payload_with(attached: &[u8]) -> Vec<u8> {
        let mut bytes = payload(b"1\0");
        bytes.resize(bytes.len().next_multiple_of(8), 0);
        bytes.extend(ATTACHMENT_MAGIC);
        bytes.extend((attached.len() as u32).to_le_bytes());
        bytes.extend(crc32(attached).to_le_bytes());
        bytes.extend(attached);
        bytes
    }

    #[test]
    fn an_attachment_is_found_behind_the_source_and_padding_is_none() {
        let bytes = payload_with(b"files");
        assert!(check(&bytes).is_ok());
        assert_eq!(attachment(&bytes), Ok(&b"files"[..]));
        let mut padded = payload(b"1\0");
        assert_eq!(attachment(&padded), Ok(&[][..]));
        padded.extend([0; 100]);
        assert_eq!(attachment(&padded), Ok(&[][..]));
    }

    #[test]
    fn a_truncated_or_altered_attachment_is_refused() {
        let good = payload_with(b"files");
        let start = good.len() - 5;
        for length in start - 8..good.len() {
            assert!(attachment(&good[..length]).is_err(), "length {length}");
        }
        for at in start - 8..good.len() {
            let mut bad = good.clone();
            bad[at] ^= 0x20;
            assert!(attachment(&bad).is_err(), "byte {at}");
        }
    }
}
