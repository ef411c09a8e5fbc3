//! Segments, the task state with the trap stacks, and the interrupt descriptors.

use crate::one_cpu::OneCpu;
use core::arch::asm;
use core::cell::UnsafeCell;

const CODE: u16 = 8;
const DATA: u16 = 16;
const TASK: u16 = 24;
/// The stack of all traps: the boot stack, which nobody else uses once the main stack is there.
const STACK_TRAP: u8 = 1;
/// The stack of a double fault, which follows when the trap stack is broken too.
const STACK_DOUBLE_FAULT: u8 = 2;
const DOUBLE_FAULT: usize = 8;
/// The first vector that is an interrupt, not a trap.
pub const FIRST_INTERRUPT: usize = 32;

unsafe extern "C" {
    static trap_stubs: u8;
    static boot_stack_top: u8;
    static double_fault_stack_top: u8;
}

#[repr(C, packed(4))]
struct TaskState {
    reserved: u32,
    stacks: [u64; 3],
    reserved_1: u64,
    interrupt_stacks: [u64; 7],
    reserved_2: u64,
    reserved_3: u16,
    port_map: u16,
}

#[repr(C)]
#[derive(Clone, Copy)]
struct Gate {
    low: u64,
    high: u64,
}

#[repr(C, packed)]
struct Pointer {
    limit: u16,
    address: u64,
}

static SEGMENTS: OneCpu<UnsafeCell<[u64; 5]>> =
    OneCpu::new(UnsafeCell::new([0, 0x00af_9b00_0000_ffff, 0x00cf_9300_0000_ffff, 0, 0]));
static TASK_STATE: OneCpu<UnsafeCell<TaskState>> = OneCpu::new(UnsafeCell::new(TaskState {
    reserved: 0,
    stacks: [0; 3],
    reserved_1: 0,
    interrupt_stacks: [0; 7],
    reserved_2: 0,
    reserved_3: 0,
    port_map: size_of::<TaskState>() as u16,
}));
static GATES: OneCpu<UnsafeCell<[Gate; 256]>> =
    OneCpu::new(UnsafeCell::new([Gate { low: 0, high: 0 }; 256]));

/// A present interrupt gate of the kernel's code segment.
fn gate(handler: u64, stack: u8) -> Gate {
    let low = (handler & 0xffff)
        | u64::from(CODE) << 16
        | u64::from(stack) << 32
        | 0x8e00 << 32
        | (handler >> 16 & 0xffff) << 48;
    Gate { low, high: handler >> 32 }
}

/// Loads segments of our own and gates for all 256 vectors. Traps use the trap stack once
/// `use_trap_stacks` was called, and the current one before.
pub fn load() {
    let task = TASK_STATE.get() as u64;
    let limit = (size_of::<TaskState>() - 1) as u64;
    // SAFETY: nothing else refers to these statics; the CPU reads them after the loads below.
    unsafe {
        let segments = &mut *SEGMENTS.get();
        segments[3] = limit | (task & 0x00ff_ffff) << 16 | 0x89 << 40 | (task >> 24 & 0xff) << 56;
        segments[4] = task >> 32;
        let state = &mut *TASK_STATE.get();
        state.interrupt_stacks[usize::from(STACK_TRAP) - 1] = &raw const boot_stack_top as u64;
        state.interrupt_stacks[usize::from(STACK_DOUBLE_FAULT) - 1] =
            &raw const double_fault_stack_top as u64;
    }
    set_gates(0);
    let segments = Pointer { limit: 5 * 8 - 1, address: SEGMENTS.get() as u64 };
    let gates = Pointer { limit: 256 * 16 - 1, address: GATES.get() as u64 };
    // SAFETY: the tables are well-formed and live for ever; CS and the data segments keep the
    // meaning that they had in the boot code's table.
    unsafe {
        asm!(
            "lgdt [{segments}]",
            "push {code}",
            "lea {scratch}, [rip + 2f]",
            "push {scratch}",
            "retfq",
            "2:",
            "mov ds, {data:x}",
            "mov es, {data:x}",
            "mov ss, {data:x}",
            "ltr {task:x}",
            "lidt [{gates}]",
            segments = in(reg) &segments,
            gates = in(reg) &gates,
            code = const CODE as u64,
            data = in(reg) u64::from(DATA),
            task = in(reg) u64::from(TASK),
            scratch = out(reg) _,
        );
    }
}

/// From now on the boot stack is where traps are reported.
///
/// # Safety
/// The kernel runs on another stack and never returns to the boot stack.
pub unsafe fn use_trap_stacks() {
    set_gates(STACK_TRAP);
}

fn set_gates(trap_stack: u8) {
    // SAFETY: interrupts are closed, and a trap in the middle finds either the old or the new gate.
    let gates = unsafe { &mut *GATES.get() };
    for (vector, entry) in gates.iter_mut().enumerate() {
        let handler = &raw const trap_stubs as u64 + vector as u64 * 16;
        let stack = match vector {
            DOUBLE_FAULT => STACK_DOUBLE_FAULT,
            0..FIRST_INTERRUPT => trap_stack,
            _ => 0,
        };
        *entry = gate(handler, stack);
    }
}
