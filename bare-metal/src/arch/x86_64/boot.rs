//! The entry from a loader: `boot.s` until long mode, then what the loader left.

use super::{clock, cpu, descriptors, memory, serial};
use crate::boot::memory_map::{Range, Ranges};
use crate::boot::multiboot::{self, Information};
use crate::boot::pvh;
use crate::report::refuse;
use crate::stamps::{stamp, stamp_at};
use crate::start::{self, Loaded};
use core::arch::{asm, global_asm};
use core::ffi::CStr;

global_asm!(include_str!("boot.s"));

/// Lists of the loader are not read beyond this many entries.
const ENTRIES_MAX: u32 = 256;

unsafe extern "C" {
    static image_note: u8;
}

/// Bytes that the loader left below 1 GiB.
fn loaded_bytes(address: u64, length: usize) -> Option<&'static [u8]> {
    let range = Range::of(address, length as u64);
    if address == 0 || range.end > memory::BOOT_MAPPED.end {
        return None;
    }
    // SAFETY: the boot code mapped the first GiB; the loader's structures stay as they are until
    // `start::run` has copied what it keeps, or kept the range from the heap.
    Some(unsafe { core::slice::from_raw_parts(address as *const u8, length) })
}

fn command_line(address: u64) -> &'static str {
    for length in 1..=start::COMMAND_LINE_MAX + 1 {
        match loaded_bytes(address, length) {
            Some(bytes) if bytes[length - 1] == 0 => {
                let text = CStr::from_bytes_with_nul(bytes).unwrap_or_default();
                return text.to_str().unwrap_or("");
            }
            Some(_) => {}
            None => return "",
        }
    }
    ""
}

/// What a builder of images put beside the kernel.
struct Joined {
    payload: Option<Range>,
    command_line: &'static str,
    /// The image's loader has compared its checksum.
    is_checked: bool,
}

fn joined() -> Joined {
    // SAFETY: the note has five words. A builder changes them in the file, which the compiler
    // cannot know: hence volatile.
    let [payload, payload_bytes, line, line_bytes, checked] =
        unsafe { (&raw const image_note).cast::<[u64; 5]>().read_volatile() };
    let payload = (payload_bytes > 0).then(|| Range::of(payload, payload_bytes));
    let line = loaded_bytes(line, (line_bytes as usize).min(start::COMMAND_LINE_MAX));
    let command_line = line.and_then(|line| core::str::from_utf8(line).ok()).unwrap_or("");
    Joined { payload, command_line, is_checked: checked == 1 }
}

/// What a loader left, whichever it was.
struct Left {
    ram: Ranges,
    module: Option<Range>,
    command_line: &'static str,
    root_pointer: u64,
    /// Where the root pointer lies, if in memory that would be the heap's.
    kept: Option<Range>,
}

fn from_pvh(start_info: u64) -> Option<Left> {
    let info = loaded_bytes(start_info, pvh::START_INFO_BYTES).and_then(pvh::parse_start_info)?;
    let mut ram = Ranges::new();
    for index in 0..u64::from(info.memory_map_count.min(ENTRIES_MAX)) {
        let at = info.memory_map + index * pvh::MEMORY_MAP_ENTRY_BYTES as u64;
        let entry = loaded_bytes(at, pvh::MEMORY_MAP_ENTRY_BYTES);
        if let Some((range, pvh::MEMORY_RAM)) = entry.and_then(pvh::parse_memory_map_entry) {
            ram.add(range);
        }
    }
    let module = (info.module_count > 0)
        .then(|| loaded_bytes(info.module_list, pvh::MODULE_ENTRY_BYTES))
        .flatten()
        .and_then(pvh::parse_module_entry);
    let command_line = command_line(info.command_line);
    Some(Left { ram, module, command_line, root_pointer: info.rsdp, kept: None })
}

fn from_multiboot(address: u64) -> Option<Left> {
    let length = loaded_bytes(address, 4).and_then(Information::length)?;
    let information = Information(loaded_bytes(address, length)?);
    let mut ram = Ranges::new();
    information.ram().take(ENTRIES_MAX as usize).for_each(|range| ram.add(range));
    let line = information.command_line();
    Some(Left {
        ram,
        module: information.module(),
        command_line: if line.len() <= start::COMMAND_LINE_MAX { line } else { "" },
        root_pointer: information.root_pointer().map_or(0, |at| address + at as u64),
        kept: Some(Range::of(address, length as u64)),
    })
}

/// The time stamp counter when the image's loader was entered; `None` where it has none.
fn loader_entered() -> Option<u64> {
    unsafe extern "C" {
        static loader_entered: u32;
    }
    // SAFETY: the entry code has written it, which the compiler cannot know: hence volatile.
    let low = unsafe { (&raw const loader_entered).read_volatile() };
    let now = clock::counter();
    // The loader takes less than the lower half of the counter does to come round.
    (low != 0).then(|| now - u64::from((now as u32).wrapping_sub(low)))
}

#[unsafe(no_mangle)]
extern "C" fn kernel_main(information: u64, magic: u32) -> ! {
    clock::mark_start();
    stamp_at("switched on", 0);
    match loader_entered() {
        Some(counter) => {
            stamp_at("firmware", counter);
            stamp("the image's loader");
        }
        None => stamp("firmware and loader"),
    }
    serial::start();
    descriptors::load();
    let left = match magic {
        multiboot::LOADER_MAGIC => from_multiboot(information),
        _ => from_pvh(information),
    };
    let Some(left) = left else {
        refuse(format_args!("the loader left no memory map, neither PVH's nor Multiboot2's"));
    };
    super::machine::set_root_pointer(left.root_pointer);
    let joined = joined();
    start::run(Loaded {
        ram: left.ram,
        // What the loader brings beside an image replaces what is joined.
        module: left.module.or(joined.payload),
        is_checked: left.module.is_none() && joined.is_checked,
        kept: [left.kept, left.module.and(joined.payload)],
        command_lines: [joined.command_line, left.command_line],
    })
}

/// Goes on with `then` on another stack, for good.
///
/// # Safety
/// `top` is the end of a block of memory that nothing else uses.
pub unsafe fn continue_on_stack(top: *mut u8, then: extern "C" fn() -> !) -> ! {
    // SAFETY: `top` is aligned to a page, so that the call leaves the stack as the ABI wants it;
    // nothing of the old stack is used afterwards.
    unsafe {
        asm!("mov rsp, {}", "xor ebp, ebp", "call {}", "ud2",
            in(reg) top, in(reg) then, options(noreturn));
    }
}

/// Whether the CPU has what the kernel cannot do without; the entry checked the rest.
pub fn check_cpu() -> Result<(), &'static str> {
    match cpu::cpuid(1, 0).edx >> 9 & 1 {
        1 => Ok(()),
        _ => Err("this CPU has no local APIC"),
    }
}
