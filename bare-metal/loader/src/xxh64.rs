//! XXH64 (xxHash fast digest algorithm, specification 0.1.1): four lanes of 64 bits, without tables.

const PRIMES: [u64; 5] = [
    0x9e37_79b1_85eb_ca87,
    0xc2b2_ae3d_27d4_eb4f,
    0x1656_67b1_9e37_79f9,
    0x85eb_ca77_c2b2_ae63,
    0x27d4_eb2f_1656_67c5,
];

#[inline(always)]
fn round(lane: u64, word: u64) -> u64 {
    lane.wrapping_add(word.wrapping_mul(PRIMES[1])).rotate_left(31).wrapping_mul(PRIMES[0])
}

/// The hash of `bytes`; with that of other bytes as the seed, of both.
pub fn xxh64(bytes: &[u8], seed: u64) -> u64 {
    let (stripes, rest) = bytes.as_chunks::<32>();
    let mut hash = seed.wrapping_add(PRIMES[4]);
    if !stripes.is_empty() {
        let mut first = seed.wrapping_add(PRIMES[0]).wrapping_add(PRIMES[1]);
        let mut second = seed.wrapping_add(PRIMES[1]);
        let mut third = seed;
        let mut fourth = seed.wrapping_sub(PRIMES[0]);
        for stripe in stripes {
            let word = |index: usize| u64::from_le_bytes(stripe.as_chunks().0[index]);
            // One by one, so that they stay in registers.
            first = round(first, word(0));
            second = round(second, word(1));
            third = round(third, word(2));
            fourth = round(fourth, word(3));
        }
        hash = (first.rotate_left(1).wrapping_add(second.rotate_left(7)))
            .wrapping_add(third.rotate_left(12).wrapping_add(fourth.rotate_left(18)));
        for lane in [first, second, third, fourth] {
            hash = (hash ^ round(0, lane)).wrapping_mul(PRIMES[0]).wrapping_add(PRIMES[3]);
        }
    }
    hash = hash.wrapping_add(bytes.len() as u64);
    let (words, rest) = rest.as_chunks::<8>();
    for word in words {
        hash ^= round(0, u64::from_le_bytes(*word));
        hash = hash.rotate_left(27).wrapping_mul(PRIMES[0]).wrapping_add(PRIMES[3]);
    }
    let (halves, rest) = rest.as_chunks::<4>();
    for half in halves {
        hash ^= u64::from(u32::from_le_bytes(*half)).wrapping_mul(PRIMES[0]);
        hash = hash.rotate_left(23).wrapping_mul(PRIMES[1]).wrapping_add(PRIMES[2]);
    }
    for byte in rest {
        hash ^= u64::from(*byte).wrapping_mul(PRIMES[4]);
        hash = hash.rotate_left(11).wrapping_mul(PRIMES[0]);
    }
    hash = (hash ^ hash >> 33).wrapping_mul(PRIMES[1]);
    hash = (hash ^ hash >> 29).wrapping_mul(PRIMES[2]);
    hash ^ hash >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn published_values() {
        assert_eq!(xxh64(b"", 0), 0xef46_db37_51d8_e999);
        assert_eq!(xxh64(b"a", 0), 0xd24e_c4f1_a98c_6e5b);
        assert_eq!(xxh64(b"abc", 0), 0x44bc_2cf5_ad77_0999);
        let text = b"Nobody inspects the spammish repetition";
        assert_eq!(xxh64(text, 0), 0xfbce_a83c_8a37_8bf1);
    }

    #[test]
    fn every_byte_and_the_seed_count() {
        let mut bytes: Vec<u8> = (0..100u32).map(|at| (at * at >> 3) as u8).collect();
        let whole = xxh64(&bytes, 7);
        assert_ne!(xxh64(&bytes, 8), whole);
        for at in 0..bytes.len() {
            bytes[at] ^= 4;
            assert_ne!(xxh64(&bytes, 7), whole, "byte {at}");
            bytes[at] ^= 4;
        }
    }
}
