//! Undoes what the builder does to machine code before it packs it: the targets of calls and jumps
//! (E8, E9, 0F 8x with 32 bits) are absolute there, and their three lower bytes in reverse order, so
//! that calls of the same function look the same.
//!
//! A target is changed where its most significant byte is 0 or 255, and is counted in 25 bits with
//! sign: so that byte stays one of the two, and tells what was changed.

use core::simd::Simd;
use core::simd::cmp::SimdPartialEq;

/// Bytes of a target.
const TARGET_BYTES: usize = 4;
const SIGN: u32 = 1 << 24;

/// Bytes that are looked at once.
const BLOCK_BYTES: usize = 16;

/// Which bytes may begin a call or a jump: a bit for each, from the lowest.
fn marks(block: [u8; BLOCK_BYTES]) -> u64 {
    let bytes = Simd::from_array(block);
    let is_near = (bytes & Simd::splat(0xfe)).simd_eq(Simd::splat(0xe8));
    let is_conditional = bytes.simd_eq(Simd::splat(0x0f));
    (is_near | is_conditional).to_bitmask()
}

/// Makes the targets in the first `length` bytes of `code` relative again. Behind them are
/// `BLOCK_BYTES` more, or the last bytes stay as they are.
#[inline(never)]
pub fn undo(code: &mut [u8], length: usize) {
    let mut start = 0;
    // Bytes before this one belong to a target.
    let mut free = 0;
    while let Some(block) = code.get(start..).and_then(<[u8]>::first_chunk)
        && start < length
    {
        let mut marks = marks(*block);
        while marks != 0 {
            let opcode = start + marks.trailing_zeros() as usize;
            marks &= marks - 1;
            if opcode < free {
                continue;
            }
            let Some([first, second]) = code.get(opcode..).and_then(<[u8]>::first_chunk) else {
                return;
            };
            let at = match (first, second) {
                (0x0f, 0x80..0x90) => opcode + 2,
                (0x0f, _) => continue,
                _ => opcode + 1,
            };
            let next = at + TARGET_BYTES;
            let Some(Ok(target)) = code.get_mut(at..next).map(TryInto::try_into) else { return };
            if next > length {
                return;
            }
            restore(target, next as u32);
            // Also what is left alone is passed over: no byte belongs to two targets.
            free = next;
        }
        start += BLOCK_BYTES;
    }
}

/// `next` is what the target becomes relative to.
fn restore(target: &mut [u8; TARGET_BYTES], next: u32) {
    let [low, middle, high, top] = *target;
    if matches!(top, 0 | 255) {
        let distance = u32::from_le_bytes([high, middle, low, top]).wrapping_sub(next);
        let distance = (distance & (2 * SIGN - 1) ^ SIGN).wrapping_sub(SIGN);
        *target = distance.to_le_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_become_relative_and_other_bytes_stay() {
        let mut code = vec![0x90; 64];
        code[8] = 0xe8;
        code[9..13].copy_from_slice(&[0, 0, 0x20, 0]);
        code[20..22].copy_from_slice(&[0x0f, 0x85]);
        code[22..26].copy_from_slice(&[0, 0, 0x0c, 0]);
        code[30] = 0xe9;
        code[31..35].copy_from_slice(&0x12345678u32.to_be_bytes());
        let before = code.clone();
        undo(&mut code, 48);
        assert_eq!(code[9..13], (0x20i32 - 13).to_le_bytes());
        assert_eq!(code[22..26], (0x0ci32 - 26).to_le_bytes());
        assert_eq!(code[26..], before[26..]);
        assert_eq!(code[..9], before[..9]);
    }

    /// What `undo` is to do, byte by byte.
    fn undo_slowly(code: &mut [u8]) {
        let (mut at, mut free) = (0, 0);
        while at + 5 <= code.len() {
            let is_call = code[at] & 0xfe == 0xe8;
            let is_jump = code[at] & 0xf0 == 0x80 && at > free && code[at - 1] == 0x0f;
            at += 1;
            if !is_call && !is_jump {
                continue;
            }
            if matches!(code[at + 3], 0 | 255) {
                let target =
                    u32::from_le_bytes([code[at + 2], code[at + 1], code[at], code[at + 3]]);
                let distance = target.wrapping_sub(at as u32 + 4) & 0x1ff_ffff;
                let distance = ((distance << 7) as i32) >> 7;
                code[at..at + 4].copy_from_slice(&distance.to_le_bytes());
            }
            at += 4;
            free = at;
        }
    }

    #[test]
    fn words_at_once_change_what_single_bytes_change() {
        let kinds = [0x0f, 0xe8, 0xe9, 0x80, 0x8f, 0x90, 0xea, 0x10, 0, 255, 0x0e, 1];
        let mut value = 1u32;
        for length in (0..2000).map(|round| round % 90) {
            let mut code: Vec<u8> = (0..length + BLOCK_BYTES)
                .map(|_| {
                    value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    kinds[(value >> 24) as usize % kinds.len()]
                })
                .collect();
            let mut expected = code.clone();
            undo_slowly(&mut expected[..length]);
            undo(&mut code, length);
            assert_eq!(code, expected);
        }
    }

    #[test]
    fn short_code_is_left_alone() {
        for length in 0..5 {
            let mut code = vec![0xe8; length + BLOCK_BYTES];
            undo(&mut code, length);
            assert_eq!(code, vec![0xe8; length + BLOCK_BYTES]);
        }
    }
}
