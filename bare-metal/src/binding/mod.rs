//! What JavaScript finds in the global `machine`: the functions behind `bare-metal/hal.ts`, which
//! `bare-metal/native.ts` types. Each checks its arguments: a wrong one is an error of the caller,
//! never an access to somebody's memory.

mod devices;
mod dma;
mod mmio;
mod packet;
mod probe;
mod system;
mod text;

use crate::arch;
use crate::engine::{Answer, Bytes, Call, Engine, JavaScript, Outcome, Thrown};
use crate::start::SYSTEM;
use core::ffi::CStr;
use core::marker::PhantomData;

/// A constant of `machine`.
pub struct Constant {
    /// Its name.
    pub name: &'static CStr,
    /// Its value.
    pub value: Answer,
}

/// A native function.
pub struct Function<C> {
    /// The object of `machine` that holds it; "": `machine` itself.
    pub group: &'static CStr,
    /// Its name.
    pub name: &'static CStr,
    /// How many parameters it has.
    pub parameters: u8,
    /// What it does.
    pub call: fn(&C) -> Outcome,
}

/// The functions, for one engine's kind of call.
pub struct Functions<C>(PhantomData<C>);

macro_rules! functions {
    ($(in $group:literal { $($name:literal($parameters:literal) = $call:path;)* })*) => {
        impl<C: Call + 'static> Functions<C> {
            /// All of them, group by group.
            pub const ALL: &'static [Function<C>] = &[$($(
                Function { group: $group, name: $name, parameters: $parameters, call: $call },
            )*)*];
        }
    };
}

functions! {
    in c"" {
        c"onPoll"(1) = system::on_poll;
        c"onFailure"(1) = system::on_failure;
        c"onUncaught"(1) = system::on_uncaught;
        c"probe"(1) = probe::probe;
    }
    in c"clock" {
        c"nowUs"(0) = system::now_us;
        c"wallUs"(0) = system::wall_us;
    }
    in c"entropy" {
        c"available"(0) = system::entropy_available;
        c"fill"(1) = system::entropy_fill;
        c"add"(1) = system::entropy_add;
    }
    in c"console" {
        c"write"(1) = system::console_write;
        c"read"(1) = system::console_read;
        c"line"(0) = system::console_line;
    }
    in c"power" {
        c"off"(1) = system::power_off;
        c"reset"(0) = system::power_reset;
    }
    in c"text" {
        c"encodeInto"(3) = text::encode_into;
        c"encodeLatin1"(3) = text::encode_latin1;
        c"utf8Length"(1) = text::utf8_length;
        c"decode"(3) = text::decode;
        c"decodeLatin1"(3) = text::decode_latin1;
        c"compare"(5) = text::compare;
        c"span"(4) = text::span;
    }
    in c"heap" {
        c"usedBytes"(0) = system::heap_used;
        c"limitBytes"(0) = system::heap_limit;
    }
    in c"trace" {
        c"what"(1) = system::trace_what;
        c"us"(1) = system::trace_us;
    }
    in c"firmware" {
        c"table"(1) = system::firmware_table;
    }
    in c"memory" {
        c"copy"(3) = packet::copy;
        c"copyIn"(4) = packet::copy_in;
        c"copyOut"(4) = packet::copy_out;
        c"zero"(2) = packet::zero;
        c"checksum"(3) = packet::checksum;
        c"copyChecksum"(4) = packet::copy_checksum;
    }
    in c"dma" {
        c"openPool"(0) = dma::open_pool;
        c"closePool"(1) = dma::close_pool;
        c"allocate"(3) = dma::allocate;
        c"address"(3) = dma::address;
        c"createTable"(2) = dma::create_table;
        c"tableAddress"(1) = dma::table_address;
        c"describe"(5) = dma::describe;
        c"describeAll"(7) = dma::describe_all;
        c"link"(6) = dma::link;
        c"readWord"(3) = dma::read_word;
        c"writeWord"(3) = dma::write_word;
        c"barrier"(0) = dma::barrier;
    }
    in c"mmio" {
        c"map"(2) = mmio::map;
        c"read8"(1) = mmio::read8;
        c"read16"(1) = mmio::read16;
        c"read32"(1) = mmio::read32;
        c"write8"(2) = mmio::write8;
        c"write16"(2) = mmio::write16;
        c"write32"(2) = mmio::write32;
    }
    in c"ports" {
        c"in8"(1) = devices::port_in::<1, C>;
        c"in16"(1) = devices::port_in::<2, C>;
        c"in32"(1) = devices::port_in::<4, C>;
        c"out8"(2) = devices::port_out::<1, C>;
        c"out16"(2) = devices::port_out::<2, C>;
        c"out32"(2) = devices::port_out::<4, C>;
    }
    in c"pci" {
        c"read8"(2) = devices::pci_read::<1, C>;
        c"read16"(2) = devices::pci_read::<2, C>;
        c"read32"(2) = devices::pci_read::<4, C>;
        c"write8"(3) = devices::pci_write::<1, C>;
        c"write16"(3) = devices::pci_write::<2, C>;
        c"write32"(3) = devices::pci_write::<4, C>;
    }
    in c"interrupts" {
        c"message"(1) = devices::interrupt_message;
        c"line"(1) = devices::interrupt_line;
        c"served"(1) = devices::interrupt_served;
        c"takeReady"(0) = devices::interrupt_take_ready;
    }
}

/// The constants.
pub fn constants() -> [Constant; 10] {
    let packet = SYSTEM.packet.get();
    let slab = packet.map_or(Bytes { start: core::ptr::null_mut(), length: 0 }, |packet| Bytes {
        start: packet.slab.start as *mut u8,
        length: packet.slab.length() as usize,
    });
    let attachment = SYSTEM.attachment.get();
    let attachment =
        Bytes { start: attachment.start as *mut u8, length: attachment.length() as usize };
    let dma_bytes = packet.map_or(0, |packet| packet.dma_bytes);
    let number = |value: u64| Answer::Number(value as f64);
    [
        Constant { name: c"arch", value: Answer::Text(arch::NAME) },
        Constant { name: c"engine", value: Answer::Text(JavaScript::NAME) },
        Constant {
            name: c"commandLine",
            value: Answer::Text(SYSTEM.command_line.get().copied().unwrap_or("")),
        },
        Constant { name: c"ramBytes", value: number(SYSTEM.ram_bytes.get()) },
        Constant { name: c"packetBytes", value: Answer::Shared(slab) },
        Constant { name: c"attachment", value: Answer::Shared(attachment) },
        Constant { name: c"heapState", value: Answer::Shared(JavaScript::heap_state()) },
        Constant { name: c"dmaBytes", value: number(dma_bytes) },
        Constant {
            name: c"pciConfigBytes",
            value: number(u64::from(arch::machine::config_bytes())),
        },
        Constant { name: c"hasPorts", value: Answer::Truth(arch::ports::EXIST) },
    ]
}

/// The bytes of the argument at `index`.
fn bytes<C: Call>(call: &C, index: usize) -> Result<Bytes, Thrown> {
    call.bytes(index).ok_or(Thrown::Type("expected a Uint8Array or an ArrayBuffer"))
}

/// `length` bytes of the array at `index` from the offset at `offset_index`, checked.
fn part<C: Call>(
    call: &C,
    index: usize,
    offset_index: usize,
    length: usize,
) -> Result<*mut u8, Thrown> {
    const SHORT: Thrown = Thrown::Range("the range does not lie in the array");
    let array = bytes(call, index)?;
    let room = array.length.checked_sub(length).ok_or(SHORT)?;
    let offset = call.integer(offset_index, room as u64)?;
    // SAFETY: offset + length is within the array.
    Ok(unsafe { array.start.add(offset as usize) })
}

/// Views JavaScript's bytes as a slice.
///
/// # Safety
/// The bytes are there, no other view of the same memory is in use meanwhile, and JavaScript does not
/// run.
unsafe fn slice<'a>(bytes: Bytes) -> &'a mut [u8] {
    if bytes.length == 0 {
        return &mut [];
    }
    // SAFETY: the caller's promise.
    unsafe { core::slice::from_raw_parts_mut(bytes.start, bytes.length) }
}

/// An argument of at most 32 bits.
fn word<C: Call>(call: &C, index: usize) -> Result<u32, Thrown> {
    Ok(call.integer(index, u64::from(u32::MAX))? as u32)
}
