//! Undoes what the builder does to machine code before it packs it: the targets of calls and jumps
//! (E8, E9, 0F 8x with 32 bits) are absolute there, and their three lower bytes in reverse order, so
//! that calls of the same function look the same.
//!
//! A target is changed where its most significant byte is 0 or 255, and is counted in 25 bits with
//! sign: so that byte stays one of the two, and tells what was changed.

/// Bytes of a target.
const TARGET_BYTES: usize = 4;
const SIGN: u32 = 1 << 24;

/// Makes the targets in `code` relative again.
pub fn undo(code: &mut [u8]) {
    // Bytes before this belong to a target, and are no part of an instruction's code.
    let mut free = 0;
    let mut at = 0;
    while at + 1 + TARGET_BYTES <= code.len() {
        let is_call = code[at] & 0xfe == 0xe8;
        let is_jump = code[at] & 0xf0 == 0x80 && at > free && code[at - 1] == 0x0f;
        at += 1;
        if !is_call && !is_jump {
            continue;
        }
        // Also what was left alone is passed over: no byte belongs to two targets.
        let next = at + TARGET_BYTES;
        if matches!(code[at + 3], 0 | 255) {
            let target = [code[at + 2], code[at + 1], code[at], code[at + 3]];
            let distance = u32::from_le_bytes(target).wrapping_sub(next as u32);
            let distance = (distance & (2 * SIGN - 1) ^ SIGN).wrapping_sub(SIGN);
            code[at..next].copy_from_slice(&distance.to_le_bytes());
        }
        (at, free) = (next, next);
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
        undo(&mut code);
        assert_eq!(code[9..13], (0x20i32 - 13).to_le_bytes());
        assert_eq!(code[22..26], (0x0ci32 - 26).to_le_bytes());
        assert_eq!(code[26..], before[26..]);
        assert_eq!(code[..9], before[..9]);
    }

    #[test]
    fn short_code_is_left_alone() {
        for length in 0..5 {
            let mut code = vec![0xe8; length];
            undo(&mut code);
            assert_eq!(code, vec![0xe8; length]);
        }
    }
}
