//! Single instructions that Rust has no words for.

use core::arch::asm;
use core::arch::x86_64::{__cpuid, __cpuid_count, CpuidResult};

/// Reads a byte from a port.
///
/// # Safety
/// Reading the port has no effect on memory.
pub unsafe fn in8(port: u16) -> u8 {
    let value;
    // SAFETY: the caller's promise.
    unsafe { asm!("in al, dx", in("dx") port, out("al") value, options(nostack, preserves_flags)) };
    value
}

/// Reads two bytes from a port.
///
/// # Safety
/// As `in8`.
pub unsafe fn in16(port: u16) -> u16 {
    let value;
    // SAFETY: the caller's promise.
    unsafe { asm!("in ax, dx", in("dx") port, out("ax") value, options(nostack, preserves_flags)) };
    value
}

/// Reads four bytes from a port.
///
/// # Safety
/// As `in8`.
pub unsafe fn in32(port: u16) -> u32 {
    let value;
    // SAFETY: the caller's promise.
    unsafe {
        asm!("in eax, dx", in("dx") port, out("eax") value, options(nostack, preserves_flags))
    };
    value
}

/// Writes a byte to a port.
///
/// # Safety
/// Writing it does not make a device overwrite memory that somebody uses.
pub unsafe fn out8(port: u16, value: u8) {
    // SAFETY: the caller's promise.
    unsafe { asm!("out dx, al", in("dx") port, in("al") value, options(nostack, preserves_flags)) };
}

/// Writes two bytes to a port.
///
/// # Safety
/// As `out8`.
pub unsafe fn out16(port: u16, value: u16) {
    // SAFETY: the caller's promise.
    unsafe { asm!("out dx, ax", in("dx") port, in("ax") value, options(nostack, preserves_flags)) };
}

/// Writes four bytes to a port.
///
/// # Safety
/// As `out8`.
pub unsafe fn out32(port: u16, value: u32) {
    // SAFETY: the caller's promise.
    unsafe {
        asm!("out dx, eax", in("dx") port, in("eax") value, options(nostack, preserves_flags))
    };
}

/// Reads a model-specific register.
///
/// # Safety
/// The register exists.
pub unsafe fn read_msr(register: u32) -> u64 {
    let (low, high): (u32, u32);
    // SAFETY: the caller's promise.
    unsafe {
        asm!("rdmsr", in("ecx") register, out("eax") low, out("edx") high,
            options(nomem, nostack, preserves_flags));
    }
    u64::from(high) << 32 | u64::from(low)
}

/// Writes a model-specific register.
///
/// # Safety
/// The register exists, and what the CPU or the hypervisor does then harms no memory in use.
pub unsafe fn write_msr(register: u32, value: u64) {
    let (low, high) = (value as u32, (value >> 32) as u32);
    // SAFETY: the caller's promise. Memory may change by it: no `nomem`.
    unsafe {
        asm!("wrmsr", in("ecx") register, in("eax") low, in("edx") high,
            options(nostack, preserves_flags));
    }
}

/// The time stamp counter.
pub fn time_stamp() -> u64 {
    // SAFETY: every CPU with long mode has it, and CR4.TSD is clear.
    unsafe { core::arch::x86_64::_rdtsc() }
}

/// The address of the last page fault.
pub fn fault_address() -> u64 {
    let address;
    // SAFETY: reading CR2 changes nothing.
    unsafe { asm!("mov {}, cr2", out(reg) address, options(nomem, nostack, preserves_flags)) };
    address
}

/// One leaf of CPUID; all zero where the CPU does not have it.
pub fn cpuid(leaf: u32, sub: u32) -> CpuidResult {
    if __cpuid(leaf & 0xc000_0000).eax < leaf {
        return CpuidResult { eax: 0, ebx: 0, ecx: 0, edx: 0 };
    }
    __cpuid_count(leaf, sub)
}

/// Whether we run under a hypervisor (CPUID 1, ECX bit 31).
pub fn is_virtual() -> bool {
    cpuid(1, 0).ecx >> 31 == 1
}

/// Whether the counter is said to tick at one rate, whatever the CPU's own (CPUID 8000_0007, EDX bit
/// 8).
pub fn has_invariant_time_stamp() -> bool {
    cpuid(0x8000_0007, 0).edx >> 8 & 1 == 1
}

/// Stops the CPU for good.
pub fn halt() -> ! {
    loop {
        // SAFETY: with interrupts closed nothing runs after it, which is what is meant.
        unsafe { asm!("cli", "hlt", options(nomem, nostack)) };
    }
}
