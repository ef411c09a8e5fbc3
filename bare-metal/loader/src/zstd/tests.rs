//! Frames that zstd 1.5.7 packed: together they have every kind of block, of literals and of tables, but
//! for literals that are all the same byte.

use super::*;
use crate::xxh64::xxh64;

/// What a frame unpacks to.
struct Frame {
    name: &'static str,
    packed: &'static [u8],
    bytes: usize,
    /// The lower half of its XXH64.
    hash: u32,
    /// How far behind the output's start the frame may begin at least, by `decodeZstd`.
    lead: usize,
}

macro_rules! frame {
    ($name:literal, $bytes:literal, $hash:literal, $lead:literal) => {
        Frame {
            name: $name,
            packed: include_bytes!(concat!("frames/", $name, ".zst")),
            bytes: $bytes,
            hash: $hash,
            lead: $lead,
        }
    };
}

const FRAMES: [Frame; 14] = [
    frame!("zeros", 300_000, 0x26de_282d, 299_974),
    frame!("noise", 1_700, 0x3555_24b3, 887),
    frame!("text", 860, 0xf05c_d919, 809),
    frame!("few-values", 3_000, 0xa1da_024a, 2_225),
    frame!("skewed", 6_000, 0x4ab6_7c56, 5_096),
    frame!("small", 200, 0x915d_4723, 22),
    frame!("records", 2_410, 0xc710_e2d8, 2_216),
    frame!("code", 6_000, 0x5829_7ec3, 3_447),
    frame!("raw", 200, 0x4ae6_ea5e, 0),
    frame!("treeless", 140_000, 0x35cd_0059, 137_762),
    frame!("rle-matches", 4_000, 0xab01_9fbb, 3_759),
    frame!("repeat-matches", 140_000, 0x35cd_0059, 139_190),
    frame!("repeat-lengths", 140_000, 0x35cd_0059, 139_183),
    frame!("repeat-offsets", 140_000, 0x35cd_0059, 139_839),
];

/// What lies before and behind the memory.
const GUARD: [u8; 64] = [0xa5; 64];

/// Unpacks in place, from `lead` bytes behind the start, and looks that nothing else was written to.
fn unpack_at(lead: usize, packed: &[u8], bytes: usize) -> Option<Vec<u8>> {
    let blob = lead + SLOP..lead + SLOP + packed.len() + 8;
    let size = blob.end + SCRATCH_BYTES;
    let mut all = vec![0; GUARD.len() + size];
    all[..GUARD.len()].copy_from_slice(&GUARD);
    all[GUARD.len() + blob.start..][..packed.len()].copy_from_slice(packed);
    // What follows is no part of the frame.
    all[GUARD.len() + blob.start + packed.len()..][..8].fill(0xff);
    all.extend(GUARD);
    let unpacked = unpack(&mut all[GUARD.len()..GUARD.len() + size], blob, bytes);
    assert!(all.starts_with(&GUARD) && all.ends_with(&GUARD), "written outside of the memory");
    unpacked.map(|()| all[GUARD.len()..GUARD.len() + bytes].to_vec())
}

fn hash(bytes: &[u8]) -> u32 {
    xxh64(bytes, 0) as u32
}

#[test]
fn every_frame_unpacks_over_itself() {
    for frame in &FRAMES {
        let unpacked = unpack_at(frame.lead, frame.packed, frame.bytes).expect(frame.name);
        assert_eq!(hash(&unpacked), frame.hash, "{}", frame.name);
    }
}

#[test]
fn another_length_is_refused() {
    for frame in &FRAMES {
        let lead = frame.lead + 1000;
        for bytes in [frame.bytes - 1, frame.bytes + 1] {
            assert!(unpack_at(lead, frame.packed, bytes).is_none(), "{}", frame.name);
        }
    }
}

#[test]
fn truncated_frames_do_not_unpack_to_the_same() {
    for frame in &FRAMES {
        for length in (0..frame.packed.len()).step_by(1 + frame.packed.len() / 200) {
            let unpacked = unpack_at(frame.lead, &frame.packed[..length], frame.bytes);
            let differs = unpacked.is_none_or(|bytes| hash(&bytes) != frame.hash);
            assert!(differs, "{}: {length} bytes", frame.name);
        }
    }
}

#[test]
fn altered_frames_end_and_write_nowhere_else() {
    let mut value = 1u32;
    for frame in &FRAMES {
        for _ in 0..400 {
            let mut packed = frame.packed.to_vec();
            for _ in 0..1 + value % 3 {
                value = value.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                // More often at the start, where what is said decides most.
                let range = if value & 1 == 0 { packed.len() } else { packed.len().min(200) };
                packed[(value >> 9) as usize % range] ^= 1 << (value >> 4 & 7);
            }
            let _ = unpack_at(frame.lead, &packed, frame.bytes);
        }
    }
}

#[test]
fn memory_that_is_too_small_is_refused() {
    let frame = &FRAMES[2];
    let mut memory = vec![0; frame.bytes + frame.packed.len() + SCRATCH_BYTES - 1];
    memory[frame.bytes..][..frame.packed.len()].copy_from_slice(frame.packed);
    let blob = frame.bytes..frame.bytes + frame.packed.len();
    assert_eq!(unpack(&mut memory, blob.clone(), frame.bytes), None, "no room for literals");
    memory.push(0);
    assert_eq!(unpack(&mut memory, blob, frame.bytes), Some(()));
}

#[test]
fn literals_that_are_more_than_a_block_are_refused() {
    let count = BLOCK_BYTES_MAX + 100;
    let header = (3 + count + 1) << 3 | 2 << 1 | 1;
    let mut packed = MAGIC.to_le_bytes().to_vec();
    // A frame without its size; its one block; so many literals as they are.
    packed.extend([0, 0]);
    packed.extend(&header.to_le_bytes()[..3]);
    packed.extend(&(count << 4 | 3 << 2).to_le_bytes()[..3]);
    packed.resize(packed.len() + count + 1, 0);
    assert_eq!(unpack_at(SLOP, &packed, count), None);
}
