//! The entry from a PVH loader: `boot.s` until long mode, then what the loader left.

use super::{clock, cpu, descriptors, memory, serial};
use crate::boot::memory_map::{Range, Ranges};
use crate::boot::pvh;
use crate::report::refuse;
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

/// What a builder of images joined with the kernel: the payload and its command line.
fn joined() -> (Option<Range>, &'static str) {
    // SAFETY: the note has four words. A builder changes them in the file, which the compiler
    // cannot know: hence volatile.
    let [payload, payload_bytes, line, line_bytes] =
        unsafe { (&raw const image_note).cast::<[u64; 4]>().read_volatile() };
    let payload = (payload_bytes > 0).then(|| Range::of(payload, payload_bytes));
    let line = loaded_bytes(line, (line_bytes as usize).min(start::COMMAND_LINE_MAX));
    (payload, line.and_then(|line| core::str::from_utf8(line).ok()).unwrap_or(""))
}

#[unsafe(no_mangle)]
extern "C" fn kernel_main(start_info: u64) -> ! {
    clock::mark_start();
    serial::start();
    descriptors::load();
    let info = loaded_bytes(start_info, pvh::START_INFO_BYTES).and_then(pvh::parse_start_info);
    let Some(info) = info else {
        refuse(format_args!("the loader left no PVH start info with a memory map"));
    };
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
    super::machine::set_root_pointer(info.rsdp);
    let (joined, joined_line) = joined();
    start::run(Loaded {
        ram,
        // What the loader brings beside an image replaces what is joined.
        module: module.or(joined),
        unused: if module.is_some() { joined } else { None },
        command_lines: [joined_line, command_line(info.command_line)],
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
