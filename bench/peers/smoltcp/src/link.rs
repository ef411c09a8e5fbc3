//! A full-duplex cable between two interfaces: two bounded rings of preallocated frames.
//!
//! It costs as little as a link in memory can: no allocation and no copy, for the sender builds its
//! frame in the slot that the receiver reads.

use std::cell::RefCell;
use std::rc::Rc;

use smoltcp::phy::{self, ChecksumCapabilities, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// One direction of the cable: a ring of frames, oldest at `head`.
struct Ring {
    slots: Vec<Box<[u8]>>,
    lengths: Vec<usize>,
    head: usize,
    count: usize,
}

impl Ring {
    fn new(slot_count: usize, slot_bytes: usize) -> Ring {
        Ring {
            slots: vec![vec![0; slot_bytes].into_boxed_slice(); slot_count],
            lengths: vec![0; slot_count],
            head: 0,
            count: 0,
        }
    }
}

/// What the cable can do, for both ends.
#[derive(Clone, Copy)]
pub struct LinkOptions {
    pub medium: Medium,
    /// The largest frame in bytes, the link header included.
    pub frame_bytes: usize,
    /// How many frames each direction holds; a sender waits while its ring is full.
    pub frames: usize,
    /// Whether both ends compute and verify checksums.
    pub checksums: bool,
}

/// One end of the cable.
pub struct LinkEnd {
    receive: Rc<RefCell<Ring>>,
    transmit: Rc<RefCell<Ring>>,
    options: LinkOptions,
}

/// Makes a cable and returns its two ends.
pub fn link(options: LinkOptions) -> (LinkEnd, LinkEnd) {
    let ring = || Rc::new(RefCell::new(Ring::new(options.frames, options.frame_bytes)));
    let (there, back) = (ring(), ring());
    let left = LinkEnd {
        receive: back.clone(),
        transmit: there.clone(),
        options,
    };
    let right = LinkEnd {
        receive: there,
        transmit: back,
        options,
    };
    (left, right)
}

impl Device for LinkEnd {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = self.options.medium;
        capabilities.max_transmission_unit = self.options.frame_bytes;
        if !self.options.checksums {
            capabilities.checksum = ChecksumCapabilities::ignored();
        }
        capabilities
    }

    fn receive(&mut self, _timestamp: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        // smoltcp may answer a frame at once (a reset, an ARP reply), so there must be room for that.
        if self.receive.borrow().count == 0 || is_full(&self.transmit) {
            return None;
        }
        Some((RxToken(&self.receive), TxToken(&self.transmit)))
    }

    fn transmit(&mut self, _timestamp: Instant) -> Option<TxToken<'_>> {
        if is_full(&self.transmit) {
            return None;
        }
        Some(TxToken(&self.transmit))
    }
}

fn is_full(ring: &RefCell<Ring>) -> bool {
    let ring = ring.borrow();
    ring.count == ring.slots.len()
}

/// The right to read the oldest frame.
pub struct RxToken<'a>(&'a RefCell<Ring>);

impl phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let mut ring = self.0.borrow_mut();
        let slot = ring.head;
        let result = read(&ring.slots[slot][..ring.lengths[slot]]);
        ring.head = if slot + 1 == ring.slots.len() {
            0
        } else {
            slot + 1
        };
        ring.count -= 1;
        result
    }
}

/// The right to write one frame.
pub struct TxToken<'a>(&'a RefCell<Ring>);

impl phy::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut ring = self.0.borrow_mut();
        let slot = (ring.head + ring.count) % ring.slots.len();
        ring.lengths[slot] = length;
        ring.count += 1;
        write(&mut ring.slots[slot][..length])
    }
}
