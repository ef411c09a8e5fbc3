//! The kernel's command line: words with blanks between, `key` or `key=value`.

/// Finds the value of `key`: what follows `key=`, or `""` where the word stands alone.
/// The last one counts.
pub fn value<'a>(line: &'a str, key: &str) -> Option<&'a str> {
    line.split_ascii_whitespace().rev().find_map(|word| match word.split_once('=') {
        Some((name, value)) if name == key => Some(value),
        None if word == key => Some(""),
        _ => None,
    })
}

/// Reads a number of bytes: decimal digits, with `K`, `M` or `G` for powers of 1024.
/// `None` for anything else, and for what exceeds 64 bits.
pub fn bytes(text: &str) -> Option<u64> {
    let (digits, shift) = match text.as_bytes().last()? {
        b'K' | b'k' => (&text[..text.len() - 1], 10),
        b'M' | b'm' => (&text[..text.len() - 1], 20),
        b'G' | b'g' => (&text[..text.len() - 1], 30),
        _ => (text, 0),
    };
    if digits.is_empty() || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
        return None;
    }
    digits.parse::<u64>().ok()?.checked_mul(1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_found_with_and_without_a_value() {
        let line = " quiet heap=4M  probe=null heap=8M eq=a=b";
        assert_eq!(value(line, "quiet"), Some(""));
        assert_eq!(value(line, "heap"), Some("8M"));
        assert_eq!(value(line, "eq"), Some("a=b"));
        assert_eq!(value(line, "hea"), None);
        assert_eq!(value("", "x"), None);
    }

    #[test]
    fn sizes_have_suffixes_and_limits() {
        assert_eq!(bytes("4096"), Some(4096));
        assert_eq!(bytes("64K"), Some(65536));
        assert_eq!(bytes("2m"), Some(2 << 20));
        assert_eq!(bytes("1G"), Some(1 << 30));
        for bad in ["", "K", "-1", "+1", "1.5M", "1T", "99999999999G", "0x10"] {
            assert_eq!(bytes(bad), None, "{bad}");
        }
    }
}
