//! Checksums over bytes: CRC-32 for images, and the internet checksum for packets.

/// CRC-32 as in IEEE 802.3 and zlib (reflected, polynomial 0xedb88320).
pub fn crc32(bytes: &[u8]) -> u32 {
    // Sixteen entries, one for each nibble: 64 bytes of table, and quick enough for a megabyte.
    const TABLE: [u32; 16] = {
        let mut table = [0u32; 16];
        let mut index = 0;
        while index < 16 {
            let mut value = index as u32;
            let mut bit = 0;
            while bit < 4 {
                value = if value & 1 == 1 { (value >> 1) ^ 0xedb8_8320 } else { value >> 1 };
                bit += 1;
            }
            table[index] = value;
            index += 1;
        }
        table
    };
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        crc = (crc >> 4) ^ TABLE[(crc & 15) as usize];
        crc = (crc >> 4) ^ TABLE[(crc & 15) as usize];
    }
    !crc
}

/// The one's complement sum of big-endian 16-bit words (RFC 1071), an odd last byte padded with
/// zero, folded to 16 bits and not inverted. `sum` is the sum so far, at most 0xffff.
pub fn internet(bytes: &[u8], sum: u16) -> u16 {
    // Words are added in the order of memory and the folded sum is swapped once: the sum does not
    // depend on the byte order but for that swap (RFC 1071, 2 (B)). 128 bits take every carry.
    let word = |bytes: &[u8]| {
        u128::from(u64::from_le_bytes([
            bytes[0], bytes[1], bytes[2], bytes[3], bytes[4], bytes[5], bytes[6], bytes[7],
        ]))
    };
    let mut total = u128::from(sum.swap_bytes());
    let mut lines = bytes.chunks_exact(32);
    for line in &mut lines {
        total += word(&line[..8]);
        total += word(&line[8..16]);
        total += word(&line[16..24]);
        total += word(&line[24..]);
    }
    let mut words = lines.remainder().chunks_exact(8);
    for eight in &mut words {
        total += word(eight);
    }
    let mut pairs = words.remainder().chunks_exact(2);
    for pair in &mut pairs {
        total += u128::from(u16::from_le_bytes([pair[0], pair[1]]));
    }
    if let [last] = pairs.remainder() {
        total += u128::from(*last);
    }
    fold(total).swap_bytes()
}

fn fold(total: u128) -> u16 {
    let mut sum = total;
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reference(bytes: &[u8], sum: u16) -> u16 {
        let mut total = u32::from(sum);
        for pair in bytes.chunks(2) {
            let low = pair.get(1).copied().unwrap_or(0);
            total += u32::from(u16::from_be_bytes([pair[0], low]));
            total = (total & 0xffff) + (total >> 16);
        }
        total as u16
    }

    #[test]
    fn crc32_agrees_with_the_published_check_value() {
        assert_eq!(crc32(b"123456789"), 0xcbf4_3926);
        assert_eq!(crc32(b""), 0);
    }

    #[test]
    fn the_internet_checksum_of_rfc_1071_3() {
        assert_eq!(internet(&[0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], 0), 0xddf2);
    }

    #[test]
    fn every_length_and_start_agrees_with_the_plain_definition() {
        let mut seed = 7u32;
        let bytes: Vec<u8> = (0..200)
            .map(|_| {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (seed >> 24) as u8
            })
            .collect();
        for length in 0..bytes.len() {
            for sum in [0, 1, 0x00ff, 0xff00, 0xfffe, 0xffff] {
                assert_eq!(internet(&bytes[..length], sum), reference(&bytes[..length], sum));
            }
        }
        assert_eq!(internet(&[0xff; 64], 0xffff), 0xffff);
        assert_eq!(internet(&[0; 64], 0), 0);
    }
}
