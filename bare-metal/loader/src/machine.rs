//! The loader on the machine: memory as it is, the serial line, and the end.

use crate::memory_map::{self, Memory};
use crate::x86_filter;
use crate::xxh64::xxh64;
use core::arch::{asm, global_asm};
use core::ops::Range;

global_asm!(include_str!("entry.s"));

/// Where the file begins in memory.
const LOAD_ADDRESS: usize = 0x10_0000;
/// Where the header's checksum is in the file, which is not covered by itself.
const CHECKSUM_AT: usize = 0x108;
/// The image's own exit code (`report::exit::REFUSED` of the kernel).
const REFUSED: u8 = 70;
const DEBUG_EXIT: u16 = 0xf4;
const COM1: u16 = 0x3f8;
const TRANSMIT_EMPTY: u8 = 1 << 5;
const POLLS_MAX: u32 = 100_000;
/// SeaBIOS works in the highest memory below 4 GiB before it starts the loader, and overwrites what
/// QEMU put there: where there is no more memory than this, a wrong checksum is the memory's fault.
const FIRMWARE_BYTES: u32 = 512 << 10;

/// The image's header: `entry.s`.
#[repr(C)]
#[derive(Clone, Copy)]
struct Header {
    magic: [u32; 2],
    checksum: u32,
    loader_bytes: u32,
    blob: u32,
    blob_bytes: u32,
    target: u32,
    target_bytes: u32,
    code_offset: u32,
    code_bytes: u32,
    pvh_entry: u32,
    multiboot_entry: u32,
    memory_end: u32,
}

unsafe extern "C" {
    static image_header: Header;
}

/// Physical memory, of which the first 4 GiB are mapped to themselves.
struct Physical;

impl Memory for Physical {
    fn word(&self, address: u32) -> u32 {
        // SAFETY: every address below 4 GiB can be read, and what is behind; what lies there is judged
        // by its magic.
        unsafe { (address as usize as *const u32).read_unaligned() }
    }
}

fn out8(port: u16, value: u8) {
    // SAFETY: only used with ports of the serial line and of QEMU's exit, which touch no memory.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nomem, nostack)) };
}

fn in8(port: u16) -> u8 {
    let value: u8;
    // SAFETY: as in `out8`.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nomem, nostack)) };
    value
}

fn say(text: &str) {
    text.bytes().for_each(say_byte);
}

fn say_byte(byte: u8) {
    for _ in 0..POLLS_MAX {
        if in8(COM1 + 5) & TRANSMIT_EMPTY != 0 {
            break;
        }
    }
    out8(COM1, byte);
}

fn say_number(number: u32) {
    if number > 9 {
        say_number(number / 10);
    }
    say_byte(b'0' + (number % 10) as u8);
}

fn say_kib(bytes: u32) {
    say_number(bytes.div_ceil(1024));
    say(" KiB");
}

/// 115,200 baud, 8 bits, no parity.
fn start_serial() {
    static SETTINGS: [(u8, u8); 7] =
        [(1, 0), (3, 0x80), (0, 1), (1, 0), (3, 3), (2, 0xc7), (4, 0x0b)];
    for (port, value) in &SETTINGS {
        out8(COM1 + u16::from(*port), *value);
    }
}

/// Ends, with the exit code for which QEMU has a device; otherwise stops.
fn end() -> ! {
    // Whether this is a virtual machine: on others the port may be anything's.
    if core::arch::x86_64::__cpuid(1).ecx >> 31 == 1 {
        out8(DEBUG_EXIT, REFUSED);
    }
    loop {
        // SAFETY: interrupts are off: this stops the CPU for good.
        unsafe { asm!("cli", "hlt") };
    }
}

fn refuse(why: &str) -> ! {
    start_serial();
    say("libos: the image is refused: ");
    say(why);
    say("\n");
    end()
}

fn refuse_memory(end_of_ram: u32, needed: u32) -> ! {
    start_serial();
    say("libos: too little memory: RAM reaches to ");
    say_kib(end_of_ram);
    say(", and must reach to ");
    say_kib(needed);
    say("\n");
    end()
}

fn checksum(parts: [&[u8]; 3]) -> u32 {
    parts.iter().fold(0, |hash, part| xxh64(part, hash)) as u32
}

/// Checks and unpacks; returns the address at which the kernel is entered.
///
/// `unpack` has the memory from where the kernel belongs to the address to which RAM must reach, where
/// in it the blob is, and how many bytes it unpacks to; `None`: it does not.
pub fn load(
    information: u32,
    magic: u32,
    unpack: impl FnOnce(&mut [u8], Range<usize>, usize) -> Option<()>,
) -> u32 {
    // SAFETY: the builder changed the header in the file, which the compiler cannot know.
    let header = unsafe { (&raw const image_header).read_volatile() };
    let behind_bytes = ((header.loader_bytes & 0xffff) as usize).saturating_sub(CHECKSUM_AT + 4);
    // SAFETY: the loader's own code and data, before the checksum and behind it, of which nothing is
    // written to meanwhile. The length is the linker's, and whatever it is after a byte was altered, it
    // ends in the 64 KiB before the kernel.
    let (before, behind) = unsafe {
        let start = LOAD_ADDRESS as *const u8;
        (
            core::slice::from_raw_parts(start, CHECKSUM_AT),
            core::slice::from_raw_parts(start.add(CHECKSUM_AT + 4), behind_bytes),
        )
    };
    let ram_end = memory_map::ram_end(&Physical, information, magic, LOAD_ADDRESS as u32);
    if let Some(end) = ram_end.filter(|end| *end < header.memory_end) {
        refuse_memory(end, header.memory_end);
    }
    let blob_at = (header.blob as usize).max(LOAD_ADDRESS);
    let blob_end = (blob_at + header.blob_bytes as usize).min(header.memory_end as usize);
    // SAFETY: the blob is RAM behind the loader, by the check above; where its header was altered, or
    // nobody says where RAM ends, it begins there and ends below 4 GiB, which is mapped. Nothing writes
    // to it meanwhile.
    let blob = unsafe {
        core::slice::from_raw_parts(blob_at as *const u8, blob_end.saturating_sub(blob_at))
    };
    if checksum([before, behind, blob]) != header.checksum {
        let needed = header.memory_end.saturating_add(FIRMWARE_BYTES);
        if let Some(end) = ram_end.filter(|end| *end < needed) {
            refuse_memory(end, needed);
        }
        refuse("its checksum is wrong: it was truncated or altered");
    }
    // SAFETY: RAM between the loader and the last address that is asked for, which belongs to nobody
    // else: the ELF file claims it as its own. The header is intact by its checksum.
    let memory = unsafe {
        core::slice::from_raw_parts_mut(
            header.target as usize as *mut u8,
            (header.memory_end - header.target) as usize,
        )
    };
    let packed = (header.blob - header.target) as usize;
    let packed = packed..packed + header.blob_bytes as usize;
    if unpack(memory, packed, header.target_bytes as usize).is_none() {
        refuse("it does not unpack");
    }
    if let Some(code) = memory.get_mut(header.code_offset as usize..) {
        x86_filter::undo(code, header.code_bytes as usize);
    }
    match magic {
        memory_map::MULTIBOOT_MAGIC => header.multiboot_entry,
        _ => header.pvh_entry,
    }
}

#[panic_handler]
fn panic(_: &core::panic::PanicInfo) -> ! {
    refuse("the loader failed")
}
