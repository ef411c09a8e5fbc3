//! Interrupts as readiness: a handler marks its source and acknowledges, nothing more. They are
//! open only inside `window` and `wait`, so that no other code is ever interrupted.

use super::cpu::{halt, out8};
use super::descriptors::FIRST_INTERRUPT;
use super::io_apic::IoApics;
use super::{clock, local_apic, machine};
use crate::firmware::madt;
use crate::one_cpu::OneCpu;
use core::arch::asm;
use core::cell::{Cell, RefCell};

/// The most sources: message-signalled vectors and lines together.
pub const SOURCES_MAX: usize = 64;
const TIMER: u8 = FIRST_INTERRUPT as u8;
const FIRST_SOURCE: u8 = 0x30;
const SPURIOUS: u8 = 0xff;
const NO_LINE: u32 = u32::MAX;
const NEVER: u64 = u64::MAX;

struct Sources {
    /// Bit `source`: it was ready since it was last taken.
    ready: Cell<u64>,
    count: Cell<usize>,
    lines: [Cell<u32>; SOURCES_MAX],
    /// For when the timer is armed; `NEVER` while it is not.
    armed_us: Cell<u64>,
}

static SOURCES: OneCpu<Sources> = OneCpu::new(Sources {
    ready: Cell::new(0),
    count: Cell::new(0),
    lines: [const { Cell::new(NO_LINE) }; SOURCES_MAX],
    armed_us: Cell::new(NEVER),
});
static IO_APICS: OneCpu<RefCell<Option<IoApics>>> = OneCpu::new(RefCell::new(None));

/// What a device is told to write in order to interrupt (SDM volume 3, 11.11).
pub struct Message {
    /// The source that becomes ready.
    pub source: usize,
    /// Where to write.
    pub address: u64,
    /// What to write.
    pub data: u32,
}

/// Masks the old controllers, starts the new ones.
pub fn start() -> Result<(), &'static str> {
    for port in [0x21, 0xa1] {
        // SAFETY: the masks of the two 8259s; where there is none, nothing happens.
        unsafe { out8(port, 0xff) };
    }
    local_apic::start(SPURIOUS)?;
    let table = machine::table(b"APIC").unwrap_or(&[]);
    let (found, count) = madt::io_apics(table);
    IO_APICS.replace(Some(IoApics::start(&found[..count])?));
    Ok(())
}

/// Called by the stub of an interrupt, inside `window` or `wait`.
pub(super) fn arrived(vector: u8) {
    if vector == SPURIOUS {
        return;
    }
    if vector == TIMER {
        SOURCES.armed_us.set(NEVER);
    }
    if let Some(source) = vector.checked_sub(FIRST_SOURCE).map(usize::from)
        && source < SOURCES.count.get()
    {
        SOURCES.ready.set(SOURCES.ready.get() | 1 << source);
        let line = SOURCES.lines[source].get();
        if line != NO_LINE {
            // A level stays up until the driver has served the device: masked until then.
            mask(line, true);
        }
    }
    local_apic::end_of_interrupt();
}

fn mask(line: u32, masked: bool) {
    if let Some(io_apics) = &*IO_APICS.borrow() {
        io_apics.mask(line, masked);
    }
}

fn take_source(line: u32) -> Option<usize> {
    let source = SOURCES.count.get();
    if source == SOURCES_MAX {
        return None;
    }
    SOURCES.lines[source].set(line);
    SOURCES.count.set(source + 1);
    Some(source)
}

/// Takes a message-signalled source; `None` when all are taken.
pub fn message() -> Option<Message> {
    let source = take_source(NO_LINE)?;
    let address = 0xfee0_0000 | u64::from(local_apic::id()) << 12;
    Some(Message { source, address, data: u32::from(FIRST_SOURCE) + source as u32 })
}

/// Connects a line; `None` when there is no such line or all sources are taken. A line that is
/// connected already keeps its source: devices may share it.
pub fn line(line: u32) -> Option<usize> {
    if line == NO_LINE {
        return None;
    }
    let taken = &SOURCES.lines[..SOURCES.count.get()];
    if let Some(source) = taken.iter().position(|taken| taken.get() == line) {
        return Some(source);
    }
    let io_apics = (*IO_APICS.borrow())?;
    let is_level = madt::is_level(machine::table(b"APIC").unwrap_or(&[]), line);
    let source = take_source(line)?;
    let vector = FIRST_SOURCE + source as u8;
    if !io_apics.connect(line, vector, local_apic::id(), is_level) {
        SOURCES.count.set(source);
        return None;
    }
    Some(source)
}

/// The line of an ISA interrupt.
pub(super) fn isa_line(isa: u8) -> u32 {
    madt::line_of_isa(machine::table(b"APIC").unwrap_or(&[]), isa)
}

/// Unmasks the line of a source after it was served; nothing for other sources.
pub fn served(source: usize) {
    if let Some(line) = SOURCES.lines.get(source).map(Cell::get).filter(|line| *line != NO_LINE) {
        mask(line, false);
    }
}

/// Takes one source that is ready, the lowest first.
pub fn take_ready() -> Option<usize> {
    let ready = SOURCES.ready.get();
    if ready == 0 {
        return None;
    }
    let source = ready.trailing_zeros();
    SOURCES.ready.set(ready & !(1 << source));
    Some(source as usize)
}

/// Whether any source exists that could ever become ready.
pub fn any_source() -> bool {
    SOURCES.count.get() > 0
}

/// Lets interrupts that wait arrive now.
pub fn window() {
    // SAFETY: the handlers touch `SOURCES` and `IO_APICS` only, of which nothing is borrowed here;
    // `sti` takes effect after the next instruction. The stub keeps all general registers, and the
    // clobbers name the rest that Rust code may change.
    unsafe { asm!("sti", "nop", "nop", "cli", clobber_abi("C")) };
}

/// Sleeps until an interrupt arrives or the clock reaches `deadline_us` (`None`: no deadline).
/// May return early; returns at once when a source is ready.
pub fn wait(deadline_us: Option<u64>) {
    // Interrupts are closed: what arrives from here on is held until `hlt` has begun, so that no
    // wake-up is lost between the look and the sleep.
    if SOURCES.ready.get() != 0 {
        return;
    }
    match deadline_us {
        Some(deadline) if !arm(deadline) => return,
        None if !any_source() => halt(),
        _ => {}
    }
    // SAFETY: as in `window`.
    unsafe { asm!("sti", "hlt", "cli", clobber_abi("C")) };
}

/// Arms the timer, unless it will interrupt before: then it wakes the CPU once for nothing, and is
/// armed for what is due next. A busy machine sleeps thousands of times a second, its deadlines move
/// away as often, and each access to the timer leaves a guest for its hypervisor.
///
/// Returns false when the deadline has passed.
fn arm(deadline_us: u64) -> bool {
    let Some(count) = clock::timer_count(deadline_us) else { return false };
    if deadline_us < SOURCES.armed_us.get() {
        local_apic::arm(TIMER, count);
        SOURCES.armed_us.set(deadline_us);
    }
    true
}
