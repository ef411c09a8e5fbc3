//! Tables of a Huffman code (RFC 1951, 3.2.2): the next bits of the stream are looked up, `root` of them
//! at first, and for a longer code the rest in a table of its own.
//!
//! An entry has, from its lowest bit: how many bits the symbol takes with its extra bits (5), flags (3),
//! how many of them are the code (5), flags (2); in the upper half the value to which the extra bits
//! are added. In a link to another table the first number is how many bits that one is looked up
//! with, and the value is where it begins.

const CODE_BITS_MAX: usize = 15;
/// The value of an entry.
pub const VALUE_AT: u32 = 16;
/// How many bits of an entry are its code.
pub const CODE_AT: u32 = 8;
/// The number of bits that an entry takes.
pub const TAKEN: u32 = 31;
/// The symbol is a byte.
pub const LITERAL: u32 = 1 << 7;
/// The symbol is nothing usual: the end of the block, a link, or, without a flag more, an error.
pub const SPECIAL: u32 = 1 << 6;
/// The rest of the code is looked up in another table.
pub const LINK: u32 = 1 << 13 | SPECIAL;
/// The block ends.
pub const END: u32 = 1 << 14 | SPECIAL;

/// Bits that are looked up at once.
pub const LITERAL_ROOT: u32 = 10;
pub const DISTANCE_ROOT: u32 = 8;
pub const LENGTHS_ROOT: u32 = 7;

/// The tables of one block, as large as those of any complete code of 288 and of 32 symbols.
pub struct Tables {
    /// Literals and lengths; before that, lengths of codes.
    pub literals: [u32; 1334],
    pub distances: [u32; 402],
}

impl Tables {
    pub const EMPTY: Tables = Tables { literals: [0; 1334], distances: [0; 402] };
}

/// The entry of a symbol of literals and lengths (3.2.5), but for its code.
pub fn literal_entry(symbol: usize) -> u32 {
    let symbol = symbol as u32;
    match symbol {
        0..256 => symbol << VALUE_AT | LITERAL,
        256 => END,
        257..265 => (symbol - 254) << VALUE_AT,
        265..285 => {
            let extra = ((symbol - 257) >> 2) - 1;
            (((4 + ((symbol - 257) & 3)) << extra) + 3) << VALUE_AT | extra
        }
        285 => 258 << VALUE_AT,
        _ => SPECIAL,
    }
}

/// The entry of a symbol of distances (3.2.5), but for its code.
pub fn distance_entry(symbol: usize) -> u32 {
    let symbol = symbol as u32;
    match symbol {
        0..4 => (symbol + 1) << VALUE_AT,
        4..30 => {
            let extra = (symbol >> 1) - 1;
            (((2 + (symbol & 1)) << extra) + 1) << VALUE_AT | extra
        }
        _ => SPECIAL,
    }
}

/// The entry of a length of a code, but for its code.
pub fn length_entry(symbol: usize) -> u32 {
    (symbol as u32) << VALUE_AT
}

/// Makes the table of the code in which symbol `n` has a code of `lengths[n]` bits. `None`: there is no
/// such code, or the table has no room for it.
#[inline(never)]
pub fn make(table: &mut [u32], root: u32, lengths: &[u8], entry: fn(usize) -> u32) -> Option<()> {
    let mut counts = [0u32; CODE_BITS_MAX + 1];
    for length in lengths {
        *counts.get_mut(usize::from(*length))? += 1;
    }
    counts[0] = 0;
    let mut first = [0u32; CODE_BITS_MAX + 1];
    for length in 1..=CODE_BITS_MAX {
        first[length] = (first[length - 1] + counts[length - 1]) << 1;
        if first[length] + counts[length] > 1 << length {
            return None;
        }
    }
    table.fill(SPECIAL);
    let rest_mask = (1 << root) - 1;
    // How many bits follow at most behind each root.
    each_code(lengths, first, |_, code, bits| {
        if bits > root {
            let place = table.get_mut((code & rest_mask) as usize)?;
            *place = LINK | (*place & TAKEN).max(bits - root);
        }
        Some(())
    })?;
    let mut free = 1 << root;
    for place in table.get_mut(..1 << root)? {
        if *place & LINK == LINK {
            let bits = *place & TAKEN;
            *place |= free << VALUE_AT | root << CODE_AT;
            free += 1 << bits;
        }
    }
    each_code(lengths, first, |symbol, code, bits| {
        let (from, bits, code, width) = if bits > root {
            let link = *table.get((code & rest_mask) as usize)?;
            (link >> VALUE_AT, bits - root, code >> root, link & TAKEN)
        } else {
            (0, bits, code, root)
        };
        let entry = (entry(symbol) | bits << CODE_AT) + bits;
        let places = table.get_mut(from as usize..from as usize + (1 << width))?;
        for place in places.get_mut(code as usize..)?.iter_mut().step_by(1 << bits) {
            *place = entry;
        }
        Some(())
    })
}

/// Calls `each` with every symbol that has a code, the code with its first bit as the lowest, and its
/// number of bits.
#[inline(always)]
fn each_code(
    lengths: &[u8],
    mut next: [u32; CODE_BITS_MAX + 1],
    mut each: impl FnMut(usize, u32, u32) -> Option<()>,
) -> Option<()> {
    for (symbol, length) in lengths.iter().enumerate() {
        let bits = u32::from(*length);
        if bits > 0 {
            let code = next.get_mut(usize::from(*length))?;
            each(symbol, code.reverse_bits() >> (32 - bits), bits)?;
            *code += 1;
        }
    }
    Some(())
}
