//! Undoes what the builder does to machine code before it packs it: the targets of calls and jumps
//! (E8, E9, 0F 8x with 32 bits) are absolute there, and their three lower bytes in reverse order, so
//! that calls of the same function look the same.
//!
//! A target is changed where its most significant byte is 0 or 255, and is counted in 25 bits with
//! sign: so that byte stays one of the two, and tells what was changed.

/// Bytes of a target.
const TARGET_BYTES: usize = 4;
const SIGN: u32 = 1 << 24;

/// The four bytes of a word, each the same.
const fn four(byte: u8) -> u32 {
    u32::from_le_bytes([byte; 4])
}

/// The lowest bit that is set is the highest of the first byte that is 0; no bit: none is.
fn zeros(word: u32) -> u32 {
    word.wrapping_sub(four(1)) & !word & four(0x80)
}

/// Makes the targets in `code` relative again.
#[inline(never)]
pub fn undo(code: &mut [u8]) {
    let mut at = 0;
    while let Some(word) = code.get(at..at + 4).and_then(|word| word.try_into().ok()) {
        // Most words have neither a call or jump nor what begins a jump with a condition.
        let word = u32::from_le_bytes(word);
        let found = zeros(word & four(0xfe) ^ four(0xe8)) | zeros(word ^ four(0x0f));
        if found == 0 {
            at += 4;
            continue;
        }
        at += found.trailing_zeros() as usize / 8 + 1;
        if code[at - 1] == 0x0f {
            match code.get(at) {
                Some(0x80..0x90) => at += 1,
                _ => continue,
            }
        }
        let next = at + TARGET_BYTES;
        let Some(Ok(target)) = code.get_mut(at..next).map(<&mut [u8; TARGET_BYTES]>::try_from)
        else {
            return;
        };
        // Also what is left alone is passed over: no byte belongs to two targets.
        at = next;
        let [low, middle, high, top] = *target;
        if matches!(top, 0 | 255) {
            let distance = u32::from_le_bytes([high, middle, low, top]).wrapping_sub(next as u32);
            let distance = (distance & (2 * SIGN - 1) ^ SIGN).wrapping_sub(SIGN);
            *target = distance.to_le_bytes();
        }
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
            let mut code: Vec<u8> = (0..length)
                .map(|_| {
                    value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    kinds[(value >> 24) as usize % kinds.len()]
                })
                .collect();
            let mut expected = code.clone();
            undo_slowly(&mut expected);
            undo(&mut code);
            assert_eq!(code, expected);
        }
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
