//! What a Multiboot2 loader (GRUB) leaves: a list of tags (Multiboot2 specification 2.0, 3.6).

use super::memory_map::Range;

/// In `eax` at the entry.
pub const LOADER_MAGIC: u32 = 0x36d7_6289;
const TAG_COMMAND_LINE: u32 = 1;
const TAG_MODULE: u32 = 3;
const TAG_MEMORY_MAP: u32 = 6;
const TAG_ACPI_OLD: u32 = 14;
const TAG_ACPI_NEW: u32 = 15;
const TAG_HEADER_BYTES: usize = 8;
const TAG_ALIGNMENT: usize = 8;
const MEMORY_RAM: u32 = 1;

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_le_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    Some(u64::from_le_bytes(bytes.get(at..at + 8)?.try_into().ok()?))
}

/// The information, of which the length was read before: `total_size` is its first word.
pub struct Information<'a>(pub &'a [u8]);

impl<'a> Information<'a> {
    /// The length of the information that begins with these four bytes; at most 1 MiB.
    pub fn length(first_word: &[u8]) -> Option<usize> {
        u32_at(first_word, 0).map(|length| length as usize).filter(|length| *length <= 1 << 20)
    }

    /// Kind, offset in the information, and content of each tag.
    fn tags(&self) -> impl Iterator<Item = (u32, usize, &'a [u8])> {
        let bytes = self.0;
        let mut at = 8;
        core::iter::from_fn(move || {
            let kind = u32_at(bytes, at)?;
            let length = u32_at(bytes, at + 4)? as usize;
            let start = at + TAG_HEADER_BYTES;
            let content = bytes.get(start..at.checked_add(length)?)?;
            at = at.checked_add(length)?.next_multiple_of(TAG_ALIGNMENT);
            (kind != 0).then_some((kind, start, content))
        })
    }

    fn first(&self, kind: u32) -> Option<(usize, &'a [u8])> {
        self.tags().find(|tag| tag.0 == kind).map(|(_, start, content)| (start, content))
    }

    /// The command line; "" where there is none.
    pub fn command_line(&self) -> &'a str {
        let line = self.first(TAG_COMMAND_LINE).map_or(&[][..], |(_, content)| content);
        let end = line.iter().position(|byte| *byte == 0).unwrap_or(line.len());
        core::str::from_utf8(&line[..end]).unwrap_or("")
    }

    /// The first module.
    pub fn module(&self) -> Option<Range> {
        let (_, content) = self.first(TAG_MODULE)?;
        Some(Range { start: u64::from(u32_at(content, 0)?), end: u64::from(u32_at(content, 4)?) })
    }

    /// Where the copy of ACPI's root pointer lies in the information; the newer one counts.
    pub fn root_pointer(&self) -> Option<usize> {
        let found = self.first(TAG_ACPI_NEW).or_else(|| self.first(TAG_ACPI_OLD))?;
        (found.1.len() >= 20).then_some(found.0)
    }

    /// The ranges that are RAM.
    pub fn ram(&self) -> impl Iterator<Item = Range> {
        let (_, map) = self.first(TAG_MEMORY_MAP).unwrap_or((0, &[]));
        let entry_bytes = u32_at(map, 0).unwrap_or(0).max(24) as usize;
        let entries = map.get(8..).unwrap_or(&[]).chunks_exact(entry_bytes);
        entries.filter_map(|entry| {
            let range = Range::of(u64_at(entry, 0)?, u64_at(entry, 8)?);
            (u32_at(entry, 16)? == MEMORY_RAM).then_some(range)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn information(tags: &[(u32, &[u8])]) -> Vec<u8> {
        let mut bytes = vec![0; 8];
        for (kind, content) in tags.iter().chain(&[(0, &[][..])]) {
            bytes.extend(kind.to_le_bytes());
            bytes.extend((content.len() as u32 + 8).to_le_bytes());
            bytes.extend(*content);
            bytes.resize(bytes.len().next_multiple_of(8), 0);
        }
        let length = bytes.len() as u32;
        bytes[..4].copy_from_slice(&length.to_le_bytes());
        bytes
    }

    fn sample() -> Vec<u8> {
        let mut module = Vec::new();
        module.extend(0x20_0000u32.to_le_bytes());
        module.extend(0x20_1000u32.to_le_bytes());
        module.extend(b"app\0");
        let mut map = Vec::new();
        map.extend(24u32.to_le_bytes());
        map.extend(0u32.to_le_bytes());
        for (start, length, kind) in [(0u64, 0x9_f000u64, 1u32), (0x9_f000, 0x1000, 2)] {
            map.extend(start.to_le_bytes());
            map.extend(length.to_le_bytes());
            map.extend(kind.to_le_bytes());
            map.extend([0; 4]);
        }
        information(&[(1, b"heap=4M\0"), (3, &module), (6, &map), (14, &[1; 20]), (15, &[2; 36])])
    }

    #[test]
    fn tags_are_read() {
        let bytes = sample();
        let information = Information(&bytes);
        assert_eq!(Information::length(&bytes[..4]), Some(bytes.len()));
        assert_eq!(information.command_line(), "heap=4M");
        assert_eq!(information.module(), Some(Range { start: 0x20_0000, end: 0x20_1000 }));
        assert_eq!(information.ram().collect::<Vec<_>>(), [Range { start: 0, end: 0x9_f000 }]);
        let at = information.root_pointer().unwrap();
        assert_eq!(&bytes[at..at + 36], &[2; 36]);
    }

    #[test]
    fn every_truncation_and_every_changed_byte_is_survived() {
        let look = |bytes: &[u8]| {
            let information = Information(bytes);
            let _ = (information.command_line(), information.module(), information.root_pointer());
            information.ram().count()
        };
        let whole = sample();
        for at in 0..whole.len() {
            look(&whole[..at]);
            for value in [0, 1, 7, 0xff] {
                let mut changed = whole.clone();
                changed[at] = value;
                look(&changed);
            }
        }
    }

    #[test]
    fn an_empty_list_has_nothing() {
        let bytes = information(&[]);
        let information = Information(&bytes);
        assert_eq!(information.command_line(), "");
        assert_eq!(information.module(), None);
        assert_eq!(information.root_pointer(), None);
        assert_eq!(information.ram().count(), 0);
        assert_eq!(Information::length(&[0xff; 4]), None);
    }
}
