//! One host: an interface, one TCP socket and its end of the cable.

use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::Medium;
use smoltcp::socket::tcp::{Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, HardwareAddress, IpAddress, IpCidr, IpEndpoint};

use crate::link::LinkEnd;

pub const PORT: u16 = 7;

pub struct Host {
    device: LinkEnd,
    interface: Interface,
    sockets: SocketSet<'static>,
    handle: SocketHandle,
}

impl Host {
    /// Makes host `number` (its address is 10.0.0.`number`), with socket buffers of `buffer_bytes`.
    pub fn new(number: u8, mut device: LinkEnd, medium: Medium, buffer_bytes: usize) -> Host {
        let hardware = match medium {
            Medium::Ethernet => EthernetAddress([2, 0, 0, 0, 0, number]).into(),
            Medium::Ip => HardwareAddress::Ip,
        };
        let mut interface = Interface::new(Config::new(hardware), &mut device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses
                .push(IpCidr::new(IpAddress::v4(10, 0, 0, number), 24))
                .expect("room");
        });
        let buffer = || SocketBuffer::new(vec![0; buffer_bytes]);
        let mut socket = Socket::new(buffer(), buffer());
        socket.set_nagle_enabled(false);
        let mut sockets = SocketSet::new(Vec::with_capacity(1));
        let handle = sockets.add(socket);
        Host {
            device,
            interface,
            sockets,
            handle,
        }
    }

    pub fn socket(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.handle)
    }

    pub fn listen(&mut self) {
        self.socket().listen(PORT).expect("a fresh socket listens");
    }

    pub fn connect(&mut self, number: u8) {
        let remote = IpEndpoint::new(IpAddress::v4(10, 0, 0, number), PORT);
        let context = self.interface.context();
        let socket = self.sockets.get_mut::<Socket>(self.handle);
        socket
            .connect(context, remote, 49152)
            .expect("a fresh socket connects");
    }

    /// Takes in every waiting frame and sends all that is due.
    pub fn poll(&mut self, now: Instant) {
        self.interface
            .poll(now, &mut self.device, &mut self.sockets);
    }
}
