//! Ending: the exit code for QEMU, ACPI's power-off and reset, and what to fall back to.

use super::cpu::{halt, in8, in16, is_virtual, out8, out16};
use super::{clock, machine, memory};
use crate::boot::memory_map::Range;
use crate::engine::{Engine, JavaScript};
use crate::firmware::fadt::{self, PowerOff, Register};
use crate::one_cpu::OneCpu;
use crate::say;
use core::arch::asm;
use core::cell::Cell;

/// The port of QEMU's isa-debug-exit: a write ends QEMU with `value << 1 | 1`.
const DEBUG_EXIT: u16 = 0xf4;
/// The largest exit code that survives the shift.
pub const EXIT_CODE_MAX: u8 = 127;
const SLEEP_ENABLE: u16 = 1 << 13;
const SCI_ENABLED: u16 = 1;
const POLLS_MAX: u32 = 1_000_000;

const END_US: u64 = 5_000_000;
const END_SPINS_MAX: u32 = 100_000_000;

/// What follows a failure.
#[derive(Clone, Copy, PartialEq)]
pub enum OnFailure {
    /// Power off, with an exit code where somebody reads one.
    Off,
    /// Start again.
    Reset,
    /// Stop, so that a debugger can look.
    Halt,
}

static ON_FAILURE: OneCpu<Cell<OnFailure>> = OneCpu::new(Cell::new(OnFailure::Off));

/// Sets what follows a failure.
pub fn set_on_failure(then: OnFailure) {
    ON_FAILURE.set(then);
}

/// Ends after a failure, as configured.
pub fn fail(code: u8) -> ! {
    match ON_FAILURE.get() {
        OnFailure::Off => off(code),
        OnFailure::Reset => reset(),
        OnFailure::Halt => {
            say!("libos: halted");
            halt()
        }
    }
}

/// Powers off. An exit code other than 0 reaches the caller of QEMU where it has an isa-debug-exit;
/// codes above `EXIT_CODE_MAX` arrive as that.
pub fn off(code: u8) -> ! {
    JavaScript::report_profile("running");
    if code != 0 && is_virtual() {
        // SAFETY: on a virtual machine the port is this device's or nobody's.
        unsafe { out8(DEBUG_EXIT, code.min(EXIT_CODE_MAX)) };
    }
    let tables = (machine::table(b"FACP"), machine::table(b"DSDT"));
    if let (Some(table), Some(block)) = tables {
        match fadt::power_off(table, block) {
            Some(PowerOff::Pm1 { control, sleep_type }) => {
                enable_acpi(table, control);
                // SAFETY: the firmware says that this port powers off.
                unsafe { out16(control, u16::from(sleep_type) << 10 | SLEEP_ENABLE) };
            }
            Some(PowerOff::SleepControl { register, sleep_type }) => {
                write(register, sleep_type << 2 | 1 << 5);
            }
            None => {}
        }
    }
    wait_for_the_end();
    say!("libos: ended with {code}; this machine does not power off by itself");
    halt()
}

/// A hypervisor ends the machine a moment after the write; a busy one takes its time.
fn wait_for_the_end() {
    let start_us = clock::now_us();
    // The clock may not run yet: the number of turns is bounded too.
    for _ in 0..END_SPINS_MAX {
        core::hint::spin_loop();
        if clock::now_us() - start_us > END_US {
            return;
        }
    }
}

/// Firmware starts in legacy mode, in which PM1 control does nothing on real hardware (ACPI 16.3.1).
fn enable_acpi(table: &[u8], control: u16) {
    let smi_port = u16::from_le_bytes([table[48], table[49]]);
    let enable = table[52];
    // SAFETY: ports that the firmware's table names for this purpose.
    unsafe {
        if in16(control) & SCI_ENABLED != 0 || smi_port == 0 || enable == 0 {
            return;
        }
        out8(smi_port, enable);
        for _ in 0..POLLS_MAX {
            if in16(control) & SCI_ENABLED != 0 {
                return;
            }
        }
    }
}

fn write(register: Register, value: u8) {
    match register {
        // SAFETY: the firmware says that this register ends or resets the machine.
        Register::Port(port) => unsafe { out8(port, value) },
        Register::Memory(address) => {
            if memory::map_device(Range::of(address, 1)).is_ok() {
                // SAFETY: mapped above as a device's register.
                unsafe { (address as *mut u8).write_volatile(value) };
            }
        }
    }
}

/// Starts the machine again.
pub fn reset() -> ! {
    if let Some(how) = machine::table(b"FACP").and_then(fadt::reset) {
        write(how.register, how.value);
    }
    // The keyboard controller's reset line, which every PC has; then a triple fault.
    // SAFETY: neither touches memory, and nothing runs afterwards.
    unsafe {
        for _ in 0..1000 {
            if in8(0x64) & 2 == 0 {
                break;
            }
        }
        out8(0x64, 0xfe);
        let nothing = [0u8; 10];
        asm!("lidt [{}]", "int3", in(reg) &nothing, options(noreturn));
    }
}
