//! From the loader to JavaScript: memory is shared out, the devices of the architecture started,
//! the payload checked, and the main loop entered on a stack of its own.

use crate::arch::{self, power::OnFailure};
use crate::boot::command_line;
use crate::boot::memory_map::{Range, Ranges};
use crate::boot::payload::{self, Checksums, Program};
use crate::boot::shares::{self, LITTLE_MEMORY, Shares, clamp_to};
use crate::dma_tables::{ENTRY_BYTES, Tables};
use crate::engine::{Code, Engine, JavaScript};
use crate::heap::HEAP;
use crate::main_loop;
use crate::one_cpu::OneCpu;
use crate::packet_pages::Pages;
use crate::paging::PAGE;
use crate::report::refuse;
use crate::stamps::stamp;
use core::alloc::Layout;
use core::cell::{Cell, OnceCell, RefCell};
use core::ffi::CStr;

/// Bytes of command line that are kept; a longer one is ignored as a whole.
pub const COMMAND_LINE_MAX: usize = 2047;
/// The kernel itself needs about this much beside what JavaScript uses.
const MEMORY_MIN: u64 = 1 << 20;
/// The main stack: a sixteenth of the free memory, or half of that where there is little, between these.
/// V8 would want the upper one.
const STACK_BYTES: core::ops::RangeInclusive<u64> = 160 << 10..=1 << 20;
/// A smaller one would leave JavaScript nothing beside `main_loop`'s reserve for native functions.
const STACK_BYTES_MIN: u64 = 64 << 10;

/// What the loader left.
pub struct Loaded {
    /// RAM, whoever uses it.
    pub ram: Ranges,
    /// The payload.
    pub module: Option<Range>,
    /// Whether the payload's checksum was compared already.
    pub is_checked: bool,
    /// What else is not given to the heap: the loader's information, a payload that is not used.
    pub kept: [Option<Range>; 2],
    /// The command line in two parts, which `run` copies; the second one overrides the first.
    pub command_lines: [&'static str; 2],
}

/// Memory for packets and for devices, of which JavaScript sees the slab: its first part is given out
/// by `Dma.allocate`, the second one belongs to the system above. Tables of descriptors lie in an area
/// of their own, which JavaScript cannot reach.
pub struct PacketMemory {
    /// Where the slab lies.
    pub slab: Range,
    /// Bytes of its first part.
    pub dma_bytes: u64,
    /// Pages of its first part.
    pub pages: RefCell<Pages>,
    /// Where tables lie.
    pub table_area: Range,
    /// Tables in that area.
    pub tables: RefCell<Tables>,
}

/// What `run` decided and everything else reads.
pub struct System {
    /// The command line.
    pub command_line: OnceCell<&'static str>,
    /// Packet memory.
    pub packet: OnceCell<PacketMemory>,
    /// Bytes of the main stack.
    pub stack_bytes: Cell<usize>,
    /// Where the payload lies.
    pub module: Cell<Option<Range>>,
    /// Whether its checksums were compared already.
    pub is_checked: Cell<bool>,
    /// What the payload carries beside its source; empty where that is all.
    pub attachment: Cell<Range>,
    /// Where the payload's program lies, until it was given back.
    pub program: Cell<Range>,
    /// Whether it is bytecode.
    pub is_bytecode: Cell<bool>,
    /// Bytes of RAM.
    pub ram_bytes: Cell<u64>,
}

/// The one system.
pub static SYSTEM: OneCpu<System> = OneCpu::new(System {
    command_line: OnceCell::new(),
    packet: OnceCell::new(),
    stack_bytes: Cell::new(0),
    module: Cell::new(None),
    is_checked: Cell::new(false),
    program: Cell::new(Range { start: 0, end: 0 }),
    is_bytecode: Cell::new(false),
    attachment: Cell::new(Range { start: 0, end: 0 }),
    ram_bytes: Cell::new(0),
});

/// The value of a word of the command line.
pub fn option(key: &str) -> Option<&'static str> {
    command_line::value(SYSTEM.command_line.get().copied().unwrap_or(""), key)
}

/// A number of bytes from the command line.
fn bytes_option(key: &str) -> Option<u64> {
    option(key).map(|text| read_bytes(key, text))
}

fn read_bytes(key: &str, text: &str) -> u64 {
    match command_line::bytes(text) {
        Some(bytes) => bytes,
        None => {
            refuse(format_args!("{key}={text}: expected a number of bytes such as 65536 or 4M"))
        }
    }
}

/// Starts the system.
pub fn run(loaded: Loaded) -> ! {
    let mut free = loaded.ram.clone();
    free.remove(arch::memory::NULL_PAGE);
    free.remove(arch::memory::kernel());
    for kept in loaded.kept.into_iter().chain([loaded.module]).flatten() {
        free.remove(kept);
    }
    free.trim_to_pages(PAGE);
    SYSTEM.module.set(loaded.module);
    SYSTEM.is_checked.set(loaded.is_checked);
    SYSTEM.ram_bytes.set(loaded.ram.total());
    // What the loader left in low memory is copied before the heap may overwrite it.
    let mut line = [b' '; 2 * COMMAND_LINE_MAX + 1];
    let [first, second] = loaded.command_lines.map(str::as_bytes);
    let end = first.len() + 1 + second.len();
    line[..first.len()].copy_from_slice(first);
    line[first.len() + 1..end].copy_from_slice(second);
    if let Err(why) = arch::boot::check_cpu() {
        refuse(format_args!("{why}"));
    }
    let text = core::str::from_utf8(line[..end].trim_ascii()).unwrap_or("");
    if free.total() < MEMORY_MIN {
        let kib = |bytes: u64| bytes.div_ceil(1024);
        let missing = MEMORY_MIN - free.total();
        refuse(format_args!(
            "too little memory: {} KiB of RAM, of which {} KiB are free; at least {} KiB more are needed",
            kib(loaded.ram.total()),
            kib(free.total()),
            kib(missing),
        ));
    }
    let packet_bytes = command_line::value(text, "packet").map(|text| read_bytes("packet", text));
    let shares = match shares::share_out(&free, packet_bytes, arch::memory::LOADER) {
        Ok(shares) => shares,
        Err(bytes) => refuse(format_args!(
            "too little memory: {} KiB of packet memory do not fit",
            bytes / 1024
        )),
    };
    claim(&shares.heap, &loaded.ram);
    take_packet_memory(&shares);
    stamp("memory map and page tables");
    let _ = SYSTEM.command_line.set(alloc::string::String::from(text).leak());
    configure();
    if let Err(why) = arch::interrupts::start().and_then(|()| arch::clock::start()) {
        refuse(format_args!("{why}"));
    }
    stamp("interrupts and timer");
    arch::machine::start_pci();
    continue_on_main_stack()
}

/// Gives memory to the heap: first what the boot code mapped, from which the page tables come that make
/// the rest accessible.
fn claim(memory: &Ranges, ram: &Ranges) {
    let claim = |part: &Ranges| {
        for range in part.as_slice() {
            // SAFETY: it is RAM that neither the kernel, the payload, packets nor the null page use, and
            // it is mapped: by the boot code, or by `protect_all`.
            unsafe { HEAP.claim(*range) };
        }
    };
    let mut low = memory.clone();
    low.remove(Range { start: arch::memory::BOOT_MAPPED.end, end: u64::MAX });
    claim(&low);
    if arch::memory::protect_all(ram).is_err() {
        refuse(format_args!("too little memory for page tables"));
    }
    let mut high = memory.clone();
    high.remove(arch::memory::BOOT_MAPPED);
    claim(&high);
}

fn configure() {
    arch::power::set_on_failure(match option("on-failure") {
        None | Some("off") => OnFailure::Off,
        Some("reset") => OnFailure::Reset,
        Some("halt") => OnFailure::Halt,
        Some(other) => refuse(format_args!("on-failure={other}: expected off, reset or halt")),
    });
}

fn take_packet_memory(shares: &Shares) {
    let Shares { slab, dma_bytes, table_bytes, .. } = *shares;
    let tables = Layout::from_size_align(table_bytes as usize, ENTRY_BYTES as usize);
    let Some(tables) = tables.ok().and_then(|layout| HEAP.take(layout)) else {
        refuse(format_args!(
            "too little memory: {} KiB for tables of descriptors do not fit",
            table_bytes / 1024
        ));
    };
    let _ = SYSTEM.packet.set(PacketMemory {
        slab,
        dma_bytes,
        pages: RefCell::new(Pages::new((dma_bytes / PAGE) as usize)),
        table_area: Range::of(tables.as_ptr() as u64, table_bytes),
        tables: RefCell::new(Tables::new((table_bytes / ENTRY_BYTES) as u32)),
    });
}

fn continue_on_main_stack() -> ! {
    let free = (HEAP.claimed() - HEAP.used()) as u64;
    let share = if free < LITTLE_MEMORY { free / 32 } else { free / 16 };
    let bytes = bytes_option("stack").unwrap_or_else(|| clamp_to(&STACK_BYTES, share));
    if bytes < STACK_BYTES_MIN {
        refuse(format_args!("stack={bytes}: expected 64K or more"));
    }
    let bytes = (bytes & !(PAGE - 1)) as usize;
    let Some(top) = arch::memory::take_main_stack(bytes) else {
        refuse(format_args!("too little memory: a stack of {} KiB does not fit", bytes / 1024));
    };
    SYSTEM.stack_bytes.set(bytes);
    // SAFETY: the stack was just taken and is used by nothing else; once on it, the boot stack is
    // free to become the trap stack.
    unsafe { arch::boot::continue_on_stack(top, on_main_stack) }
}

extern "C" fn on_main_stack() -> ! {
    // SAFETY: we run on the main stack and never return.
    unsafe { arch::memory::use_trap_stacks() };
    stamp("PCI, packet memory and stack");
    check_payload();
    stamp("checksum of the payload");
    main_loop::run()
}

/// Checks the payload; where its program and its attachment lie is kept in `SYSTEM`.
fn check_payload() {
    let Some(module) = SYSTEM.module.get() else {
        refuse(format_args!(
            "there is no payload: the loader passed no module (QEMU: -initrd FILE)"
        ));
    };
    // SAFETY: the loader placed the module in RAM, which is mapped; it was kept from the heap.
    let bytes =
        unsafe { core::slice::from_raw_parts(module.start as *const u8, module.length() as usize) };
    let sums = if SYSTEM.is_checked.get() { Checksums::Compared } else { Checksums::Compare };
    let checked = payload::check(bytes, sums).and_then(|program| {
        payload::attachment(bytes, sums).map(|attachment| (program, attachment))
    });
    match checked {
        Ok((Program::Source(_), _)) if !JavaScript::takes_source() => refuse(format_args!(
            "the payload is refused: this kernel runs bytecode only, and libos-x86_64-full.elf source too"
        )),
        Ok((program, attachment)) => {
            let start = attachment.as_ptr() as u64;
            SYSTEM.attachment.set(Range::of(start, attachment.len() as u64));
            let (bytes, is_bytecode) = match program {
                Program::Source(source) => (source.to_bytes_with_nul(), false),
                Program::Bytecode(bytes) => (bytes, true),
            };
            SYSTEM.program.set(Range::of(bytes.as_ptr() as u64, bytes.len() as u64));
            SYSTEM.is_bytecode.set(is_bytecode);
        }
        Err(why) => refuse(format_args!("the payload is refused: {why}")),
    }
}

/// Lets `evaluate` have the application's program, once. The pages of it that are free afterwards, all of
/// a source and what `evaluate` returns of bytecode, are then given to the heap. Returns how many bytes
/// those are.
pub fn use_program_up<E>(
    evaluate: impl FnOnce(Code) -> Result<&'static mut [u8], E>,
) -> Result<usize, E> {
    let range = SYSTEM.program.replace(Range { start: 0, end: 0 });
    let (start, length) = (range.start as *mut u8, range.length() as usize);
    let free = if SYSTEM.is_bytecode.get() {
        // SAFETY: the program was kept from the heap, and `check_payload` found it there, in RAM that is
        // mapped for writing. Its range was taken above, so that nobody else ever comes to it.
        let bytes = unsafe { core::slice::from_raw_parts_mut(start, length) };
        let rest = evaluate(Code::Bytecode(bytes))?;
        Range::of(rest.as_ptr() as u64, rest.len() as u64)
    } else {
        // SAFETY: as above, and nobody writes to it before `evaluate` has returned.
        let bytes = unsafe { core::slice::from_raw_parts(start, length) };
        evaluate(Code::Source(CStr::from_bytes_with_nul(bytes).unwrap_or_default()))?;
        range
    };
    let mut pages = Ranges::new();
    pages.add(free);
    pages.trim_to_pages(PAGE);
    for range in pages.as_slice() {
        // SAFETY: the pages are mapped RAM that nothing else uses: of a source `evaluate` could keep no
        // reference, and what it returned of bytecode is ours, and not used after this.
        unsafe { HEAP.claim(*range) };
    }
    Ok(pages.total() as usize)
}

/// A number from the command line.
pub fn number_option(key: &str) -> Option<u64> {
    let text = option(key)?;
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) => refuse(format_args!("{key}={text}: expected a number")),
    }
}

/// The limit of JavaScript's heap; `None`: all memory that is left.
pub fn heap_limit() -> Option<u64> {
    bytes_option("heap")
}
